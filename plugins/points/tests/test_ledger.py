"""The books under any sequence of acts, and the statements that they take."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core.plugin import LineFact, OrderPaid, OrderRefunded
from core.plugin.data import session

from .. import handlers, jobs, ledger
from ..ledger import ADJUSTED, HELD, REDEEMED, Booking

ORDERS = 4
EXAMPLES = count(1)

acts = st.lists(
    st.one_of(
        st.tuples(st.just("credit"), st.integers(1, 50), st.integers(-2, 40)),
        st.tuples(st.just("debit"), st.integers(1, 60), st.just(0)),
        st.tuples(st.just("hold"), st.integers(1, 60), st.integers(0, ORDERS - 1)),
        st.tuples(st.just("return"), st.integers(1, 60), st.integers(0, ORDERS - 1)),
        st.tuples(st.just("expire"), st.just(0), st.just(0)),
    ),
    max_size=14,
)


class Play:
    """Acts on one account, with what has to come out: balance, and what each order holds."""

    def __init__(self, buyer_id: int, order_ids: list[int], now: Any) -> None:
        self.buyer_id, self.order_ids, self.now = buyer_id, order_ids, now
        self.example, self.step = next(EXAMPLES), 0
        self.balance, self.held = 0, [0] * ORDERS
        session.execute(text("DELETE FROM points_use"))
        ledger.lock(session, buyer_id, now)

    def booking(self, kind: str, points: int, account: str) -> Booking:
        self.step += 1
        return Booking(kind, f"{self.example}:{self.step}", self.buyer_id, points, self.now, account)

    def credit(self, points: int, days: int) -> None:
        expires = None if days > 30 else self.now + timedelta(days=days, seconds=1)
        ledger.credit(session, self.booking("task", points, "issued"), self.now, expires)
        self.balance += points

    def debit(self, points: int, _: int) -> None:
        assert ledger.debit(session, self.booking("adjust", points, ADJUSTED)) is True
        self.balance -= points

    def hold(self, points: int, order: int) -> None:
        if self.held[order]:
            return
        nested = session.begin_nested()
        if ledger.hold(session, self.booking("order_use", points, HELD), self.order_ids[order]):
            self.held[order] = points
            self.balance -= points
            nested.commit()
        else:
            nested.rollback()

    def give_back(self, points: int, order: int) -> None:
        points = min(points, self.held[order])
        if points:
            until = self.now + timedelta(days=30)
            ledger.give_back(session, self.booking("order_use", points, HELD), self.order_ids[order], until)
            self.held[order] -= points
            self.balance += points

    def expire(self, *_: int) -> None:
        class At:
            now = self.now

        jobs.expire(At, session)
        self.balance = self.lots() - self.debt()

    def lots(self) -> int:
        query = text("SELECT coalesce(sum(left_points), 0)::bigint FROM points_lot WHERE buyer_id = :buyer")
        return session.execute(query, {"buyer": self.buyer_id}).scalar_one()

    def debt(self) -> int:
        return session.execute(text("SELECT debt FROM points_member WHERE buyer_id = :b"), {"b": self.buyer_id}).scalar_one()

    def check(self) -> None:
        row = session.execute(
            text(
                "SELECT m.balance, (SELECT coalesce(sum(e.points) FILTER (WHERE e.account = 'buyer'), 0)::bigint"
                " FROM points_entry e JOIN points_transaction t ON t.id = e.transaction_id WHERE t.buyer_id = m.buyer_id),"
                " (SELECT coalesce(sum(points), 0)::bigint FROM points_entry)"
                " FROM points_member m WHERE m.buyer_id = :buyer"
            ),
            {"buyer": self.buyer_id},
        ).one()
        assert tuple(row) == (self.balance, self.balance, 0)
        assert self.lots() - self.debt() == self.balance


@pytest.fixture
def order_ids(tenant: Any, till_sale: Any) -> list[int]:
    return [till_sale({"MILK": 1}).id for _ in range(ORDERS)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=acts)
def test_books_balance_after_any_acts(points_on, tenant, order_ids, steps):
    if tenant.state("points") == "off":
        points_on()
    with tenant.bound():
        buyer_id = session.execute(text("INSERT INTO buyer (created_at) VALUES (now()) RETURNING id")).scalar_one()
        play = Play(buyer_id, order_ids, tenant.context().now)
        do = {"credit": play.credit, "debit": play.debit, "hold": play.hold, "return": play.give_back}
        for name, points, other in steps:
            do.get(name, play.expire)(points, other)
            play.check()
        session.rollback()


def test_returning_more_than_once_is_booked_once(points_on, grant, tenant, buyer, order_ids, balance):
    points_on()
    grant(100)
    with tenant.bound():
        now = tenant.context().now
        assert ledger.hold(session, Booking("order_use", "1", buyer.id, 80, now, HELD), order_ids[0]) is True
        back = Booking("order_use", "1:r1", buyer.id, 30, now, HELD)
        assert [ledger.give_back(session, back, order_ids[0], now) for _ in range(2)] == [True, False]
        rest = Booking("order_use", "1:r2", buyer.id, 50, now, HELD)
        assert ledger.give_back(session, rest, order_ids[0], now) is True
        session.commit()
    assert balance() == (100, 0)
    assert REDEEMED not in dict(tenant.rows("SELECT account, 1 FROM points_entry"))


def test_events_take_as_many_statements_for_fifty_lines_as_for_one(
    points_on, grant, tenant, buyer, order_ids, statements
):
    points_on(moment="paid")
    grant(1)
    found = []
    for order_id, size in zip(order_ids, (1, 50), strict=False):
        lines = tuple(LineFact(n, tenant.skus["MILK"], "MILK", 2, 200, 200) for n in range(1, size + 1))
        facts = {
            "order_id": order_id, "number": str(order_id), "channel": "online", "store_id": tenant.store_id,
            "buyer_id": buyer.id, "shipping_fen": 0, "lines": lines,
        }  # fmt: skip
        paid = OrderPaid(**facts, goods_fen=200 * size, paid_fen=200 * size, transaction_id=None)
        gone = OrderRefunded(**facts, refund_no=f"r{order_id}", amount_fen=200 * size, full=True)
        with tenant.bound():
            handlers.settings()
            with statements() as seen:
                handlers.on_paid(tenant.context(), session, paid)
                first = len(seen)
                handlers.on_refunded(tenant.context(), session, gone)
            found.append((first, len(seen) - first))
            session.commit()
    assert found[0] == found[1]
    assert max(found[0]) <= 7
