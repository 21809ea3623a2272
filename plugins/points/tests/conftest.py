"""A shop with points on, whose books are checked after every test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event

from core.plugin.data import session

from .. import ledger
from ..ledger import Booking

TABLES = """
    SELECT m.buyer_id, m.balance,
        (SELECT coalesce(sum(e.points), 0) FROM points_entry e JOIN points_transaction t ON t.id = e.transaction_id
         WHERE e.account = 'buyer' AND t.buyer_id = m.buyer_id)::bigint AS booked,
        (SELECT coalesce(sum(l.left_points), 0) FROM points_lot l WHERE l.buyer_id = m.buyer_id)::bigint - m.debt AS lots
    FROM points_member m ORDER BY m.buyer_id
"""
TRIAL = "SELECT coalesce(sum(points), 0)::bigint FROM points_entry"
CROOKED = "SELECT transaction_id FROM points_entry GROUP BY transaction_id HAVING sum(points) <> 0"
HELD = "SELECT coalesce(sum(points), 0)::bigint FROM points_entry WHERE account = 'held'"
HOLDING = """
    SELECT coalesce(sum(o.used - (SELECT sum(l.returned) FROM points_line l WHERE l.order_id = o.order_id)), 0)::bigint
    FROM points_order o WHERE o.use_state = 'held'
"""


def check_books(tenant: Any) -> None:
    """Every transaction sums to zero; balance = Σ entries = Σ lots − debt; what is held is held by open orders."""
    assert tenant.one(TRIAL) == 0
    assert tenant.rows(CROOKED) == []
    wrong = [row for row in tenant.rows(TABLES) if not row[1] == row[2] == row[3]]
    assert wrong == []
    assert tenant.one(HELD) == tenant.one(HOLDING)


@pytest.fixture
def points_on(tenant: Any, plugin_on: Callable[..., None]) -> Iterator[Callable[..., None]]:
    """`points_on(per_yuan=2)` switches points on with these settings."""
    yield lambda **settings: plugin_on("points", settings=settings)
    check_books(tenant)


@pytest.fixture
def grant(tenant: Any, buyer: Any) -> Callable[..., None]:
    """`grant(500)` gives the buyer points; `key`, `available_at`, `expires_at` as wanted."""

    def give(
        points: int, key: str = "", to: Any = None, available_at: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> None:  # fmt: skip
        person = to or buyer
        with tenant.bound():
            moment = tenant.context().now
            ledger.lock(session, person.id, moment)
            booking = Booking("adjust", key or f"grant-{person.id}-{moment}", person.id, points, moment, ledger.ADJUSTED)
            assert ledger.credit(session, booking, available_at or moment, expires_at) is not None
            session.commit()

    return give


@pytest.fixture
def balance(tenant: Any, buyer: Any) -> Callable[..., tuple[int, int]]:
    """`balance()` is (balance, debt) of the buyer, or of somebody else."""

    def read(of: Any = None) -> tuple[int, int]:
        query = "SELECT balance, debt FROM points_member WHERE buyer_id = :buyer"
        rows = tenant.rows(query, buyer=(of or buyer).id)
        return rows[0] if rows else (0, 0)

    return read


@pytest.fixture
def lots(tenant: Any, buyer: Any) -> Callable[[], list[tuple]]:
    """Points left by lot, oldest first."""
    query = "SELECT left_points FROM points_lot WHERE buyer_id = :buyer ORDER BY id"
    return lambda: [row[0] for row in tenant.rows(query, buyer=buyer.id)]


@pytest.fixture
def statements() -> Callable[[], Any]:
    """`with statements() as seen:` lists the SQL that the tenant's session sends."""

    @contextmanager
    def watching() -> Iterator[list[str]]:
        seen: list[str] = []
        engine = session.get_bind()

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return watching
