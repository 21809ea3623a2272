"""Gifts: how many are left, and which order was given what. What is taken is decided by one statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, insert, select, text, update

from core.plugin import OrderFacts

from . import rules
from .models import GiftRow, GivenRow
from .pricing import dereference

_TAKE = text(
    """
    WITH wish AS (
        SELECT * FROM unnest(CAST(:rules AS bigint[]), CAST(:gifts AS bigint[]), CAST(:quantities AS integer[]))
            AS w(rule_id, gift_id, quantity)),
    need AS (SELECT gift_id, sum(quantity) AS quantity FROM wish GROUP BY gift_id),
    locked AS (SELECT id FROM fullreduction_gift WHERE id IN (SELECT gift_id FROM need) ORDER BY id FOR UPDATE),
    taken AS (
        UPDATE fullreduction_gift g SET stock = g.stock - need.quantity
        FROM need JOIN locked ON locked.id = need.gift_id
        WHERE g.id = need.gift_id AND g.stock >= need.quantity RETURNING g.id)
    INSERT INTO fullreduction_given (order_id, rule_id, gift_id, quantity, state, at)
    SELECT :order_id, w.rule_id, w.gift_id, w.quantity,
           CASE WHEN taken.id IS NULL THEN 'out_of_stock' ELSE 'given' END, :at
    FROM wish w JOIN locked ON locked.id = w.gift_id LEFT JOIN taken ON taken.id = w.gift_id
    ORDER BY w.gift_id
    RETURNING gift_id, quantity, state
    """
)
_PUT_BACK = text(
    """
    WITH back AS (
        UPDATE fullreduction_given SET state = 'returned'
        WHERE order_id = :order_id AND state IN ('given', 'review') RETURNING gift_id, quantity)
    UPDATE fullreduction_gift g SET stock = g.stock + back.quantity
    FROM (SELECT gift_id, sum(quantity) AS quantity FROM back GROUP BY gift_id) AS back WHERE g.id = back.gift_id
    """
)


class Wish(NamedTuple):
    """A gift that a campaign promises to an order."""

    rule_id: int
    gift_id: int
    quantity: int


def take(session: Any, order: OrderFacts, at: datetime) -> Sequence[RowMapping]:
    """Take the order's gifts from the shop's: rows (gift_id, quantity, state). One that is gone stops nothing."""
    wishes = list(_wishes(session, order))
    if not wishes:
        return []
    rule_ids, gift_ids, quantities = map(list, zip(*wishes, strict=True))
    values = {"rules": rule_ids, "gifts": gift_ids, "quantities": quantities, "order_id": order.order_id, "at": at}
    return session.execute(_TAKE, values).mappings().all()


def _wishes(session: Any, order: OrderFacts) -> Iterator[Wish]:
    """The gifts behind the order's price steps."""
    applied = [dereference(step.rule) for step in order.steps]
    if not applied:
        return
    levels = rules.levels_by_id(session, {rule_id for rule_id, _, _ in applied})
    for rule_id, at, times in applied:
        for level in levels.get(rule_id, ()):
            if level["at"] == at and level["gift_id"]:
                yield Wish(rule_id, int(level["gift_id"]), level["gift_quantity"] * times)


def put_back(session: Any, order_id: int) -> None:
    """The order came to nothing: its gifts can be given to somebody else. A second time does nothing."""
    session.execute(_PUT_BACK, {"order_id": order_id})


def review(session: Any, order_id: int) -> None:
    """Part of the order was refunded: staff have to see whether the gift was still earned."""
    session.execute(
        update(GivenRow).where(GivenRow.order_id == order_id, GivenRow.state == "given").values(state="review")
    )


def settle(session: Any, given_id: int, came_back: bool) -> bool:
    """Staff decided about a gift under review; False when there was nothing to decide."""
    if not came_back:
        kept = update(GivenRow).where(GivenRow.id == given_id, GivenRow.state == "review").values(state="given")
        return session.execute(kept).rowcount == 1
    row = session.scalars(
        update(GivenRow)
        .where(GivenRow.id == given_id, GivenRow.state == "review")
        .values(state="returned")
        .returning(GivenRow)
    ).first()
    if row is not None:
        restock(session, row.gift_id, row.quantity)
    return row is not None


def of_orders(session: Any, order_ids: Sequence[int]) -> Mapping[int, list[RowMapping]]:
    """What these orders were given, by order id: id, name, quantity, state."""
    rows = session.execute(
        select(GivenRow.order_id, GivenRow.id, GiftRow.name, GivenRow.quantity, GivenRow.state)
        .join(GiftRow, GiftRow.id == GivenRow.gift_id)
        .where(GivenRow.order_id.in_(order_ids))
        .order_by(GivenRow.id)
    ).mappings()
    found: dict[int, list[RowMapping]] = {}
    for row in rows:
        found.setdefault(row["order_id"], []).append(row)
    return found


def under_review(session: Any, limit: int = 50) -> Sequence[RowMapping]:
    """Gifts about which staff have to decide, oldest first; a decision makes room for the next."""
    return (
        session.execute(
            select(GivenRow.id, GivenRow.order_id, GiftRow.name, GivenRow.quantity, GivenRow.at)
            .join(GiftRow, GiftRow.id == GivenRow.gift_id)
            .where(GivenRow.state == "review")
            .order_by(GivenRow.id)
            .limit(limit)
        )
        .mappings()
        .all()
    )


def page(session: Any, after: int | None, limit: int) -> Sequence[GiftRow]:
    """Gifts by age, oldest first."""
    return session.scalars(select(GiftRow).where(GiftRow.id > (after or 0)).order_by(GiftRow.id).limit(limit)).all()


def names(session: Any) -> dict[int, str]:
    """The gifts' names by id, 500 at most."""
    return dict(session.execute(select(GiftRow.id, GiftRow.name).order_by(GiftRow.id).limit(500)).all())


def create(session: Any, name: str, stock: int) -> int:
    """Returns the new gift's id."""
    return session.execute(insert(GiftRow).values(name=name, stock=stock).returning(GiftRow.id)).scalar_one()


def restock(session: Any, gift_id: int, change: int) -> bool:
    """Add to (or take from) what is left; False when there is no such gift or not enough of it."""
    enough = (GiftRow.id == gift_id, GiftRow.stock + change >= 0)
    return session.execute(update(GiftRow).where(*enough).values(stock=GiftRow.stock + change)).rowcount == 1


def known(session: Any, ids: set[int]) -> set[int]:
    """Which of these gifts exist."""
    return set(session.scalars(select(GiftRow.id).where(GiftRow.id.in_(ids)))) if ids else set()
