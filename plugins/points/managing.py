"""What staff do: the ladder of levels, the gift shop, a member's account. The caller commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from core.plugin import Refused, shop
from core.plugin.web import audit, encode_cursor, integer

from . import ledger
from . import levels as ladder
from .messages import say
from .settings import lifetime, settings

_LEVELS = """
    SELECT l.id, l.name, l.growth, l.price_percent, l.earn_percent,
        (SELECT count(*) FROM points_member m WHERE m.level_id = l.id) AS members
    FROM points_level l
"""
_ALL_LEVELS = text(f"{_LEVELS} ORDER BY l.growth")
_LEVEL = text(f"{_LEVELS} WHERE l.id = :id")
MOST_LEVELS = 20
_ADD_LEVEL = text(
    f"""
    INSERT INTO points_level (name, growth, price_percent, earn_percent)
    SELECT :name, :growth, :price_percent, :earn_percent
    WHERE (SELECT count(*) FROM points_level) < {MOST_LEVELS}
    ON CONFLICT (growth) DO NOTHING RETURNING id
    """
)
_CHANGE_LEVEL = text(
    """
    UPDATE points_level SET name = :name, growth = :growth, price_percent = :price_percent,
        earn_percent = :earn_percent
    WHERE id = :id AND NOT EXISTS (SELECT FROM points_level o WHERE o.growth = :growth AND o.id <> :id) RETURNING id
    """
)
_GROWTH_TAKEN = text("SELECT 1 FROM points_level WHERE growth = :growth AND id IS DISTINCT FROM CAST(:id AS bigint)")
_REMOVE_LEVEL = text(
    """
    WITH gone AS (DELETE FROM points_level WHERE id = :id RETURNING id),
    fallen AS (
        UPDATE points_member m SET level_id = (SELECT l.id FROM points_level l
            WHERE l.id <> :id AND l.growth <= greatest(m.growth, 0) ORDER BY l.growth DESC LIMIT 1)
        FROM gone WHERE m.level_id = gone.id
    )
    SELECT id FROM gone
    """
)


def levels(session: Any) -> Sequence[Any]:
    return session.execute(_ALL_LEVELS).all()


def level(session: Any, level_id: int) -> Any:
    return session.execute(_LEVEL, {"id": level_id}).first()


def store_level(session: Any, data: Mapping[str, Any], level_id: int | None = None) -> int | None:
    """Store a level anew, or a new one: its id, None when there is no such level. Leaves a line in the audit log.

    Raises Refused when another begins at the same growth, or there are MOST_LEVELS.
    """
    statement, act = (_ADD_LEVEL, "points.level_add") if level_id is None else (_CHANGE_LEVEL, "points.level_change")
    stored = session.execute(statement, {**data, "id": level_id}).scalar()
    if stored is not None:
        audit(act, f"level:{stored}", **data)
        return stored
    if session.execute(_GROWTH_TAKEN, {"growth": data["growth"], "id": level_id}).first() is not None:
        raise Refused("points_level_growth", say("level_growth_taken"))
    if level_id is None:
        raise Refused("points_level_many", say("level_many", most=MOST_LEVELS))
    return None


def remove_level(session: Any, level_id: int) -> int | None:
    """None when there is no such level."""
    removed = session.execute(_REMOVE_LEVEL, {"id": level_id}).scalar()
    if removed is not None:
        audit("points.level_remove", f"level:{level_id}")
    return removed


_GIFT_FIELDS = ("sku_id", "points", "cash_fen", "per_buyer", "stock", "active", "starts_at", "ends_at", "sort")
_TOLD = ("sku_id", "points", "stock", "active")
_GIFTS = f"SELECT id, {', '.join(_GIFT_FIELDS)}, taken FROM points_gift"
_GIFT_PAGE = text(
    f"""
    {_GIFTS} WHERE CAST(:after AS bigint) IS NULL
        OR (NOT active, sort, id) > (SELECT NOT active, sort, id FROM points_gift WHERE id = :after)
    ORDER BY NOT active, sort, id LIMIT :limit
    """
)
_GIFT = text(f"{_GIFTS} WHERE id = :id")
_ADD_GIFT = text(
    f"INSERT INTO points_gift ({', '.join(_GIFT_FIELDS)}) VALUES ({', '.join(f':{name}' for name in _GIFT_FIELDS)})"
    " RETURNING id"
)
_CHANGE_GIFT = text(
    f"UPDATE points_gift SET {', '.join(f'{name} = :{name}' for name in _GIFT_FIELDS)}"
    " WHERE id = :id AND taken <= :stock RETURNING id"
)


def gifts(session: Any, query: Mapping[str, Any]) -> dict[str, Any]:
    """A page of gifts as they stand in the shop, those that are off last: `cursor`, `limit` as of `members`."""
    values = {"after": integer(query.get("cursor"))}
    rows = session.execute(_GIFT_PAGE, {**values, "limit": query["limit"] + 1}).mappings().all()
    return {"items": _with_titles(rows[: query["limit"]]), "next_cursor": _following(rows, query["limit"], "id")}


def _following(rows: Sequence[Mapping[str, Any]], limit: int, key: str) -> str | None:
    """The cursor after `limit` rows where one more was read."""
    return encode_cursor(rows[limit - 1][key]) if len(rows) > limit else None


def gift(session: Any, gift_id: int) -> dict[str, Any] | None:
    return next(iter(_with_titles(session.execute(_GIFT, {"id": gift_id}).mappings().all())), None)


def _with_titles(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    skus = shop().skus.by_id([row["sku_id"] for row in rows]) if rows else {}
    return [
        {**row, "title": f"{sku.title} {sku.spec}".strip(), "list_price_fen": sku.list_price_fen}
        for row in rows
        if (sku := skus.get(row["sku_id"])) is not None
    ]


def store_gift(session: Any, data: Mapping[str, Any], gift_id: int | None = None) -> int | None:
    """Store a gift anew, or a new one: its id, None when there is no such gift. Leaves a line in the audit log.

    Raises Refused for an unknown SKU, too much cash, and less stock than was redeemed.
    """
    _check_gift(data)
    statement, act = (_ADD_GIFT, "points.gift_add") if gift_id is None else (_CHANGE_GIFT, "points.gift_change")
    stored = session.execute(statement, {**data, "id": gift_id}).scalar()
    if stored is not None:
        audit(act, f"gift:{stored}", **{name: data[name] for name in _TOLD})
        return stored
    known = session.execute(_GIFT, {"id": gift_id}).first()
    if known is None:
        return None
    raise Refused("points_gift_stock", say("gift_stock_low", taken=known.taken))


def _check_gift(data: Mapping[str, Any]) -> None:
    sku = shop().skus.by_id([data["sku_id"]]).get(data["sku_id"])
    if sku is None:
        raise Refused("points_sku_unknown", say("sku_unknown"))
    if data["cash_fen"] >= sku.list_price_fen:
        raise Refused("points_gift_cash", say("gift_cash_high"))


_MEMBERS = """
    SELECT m.buyer_id, m.balance, m.debt, m.growth, m.level_id, l.name AS level, m.level_locked
    FROM points_member m LEFT JOIN points_level l ON l.id = m.level_id
"""
_PAGE = text(f"{_MEMBERS} WHERE m.buyer_id < :before ORDER BY m.buyer_id DESC LIMIT :limit")
_MEMBER = text(f"{_MEMBERS} WHERE m.buyer_id = :buyer")


def members(session: Any, query: Mapping[str, Any]) -> dict[str, Any]:
    """A page of accounts, or the account of whom `term` names."""
    if query["term"]:
        facts = shop().buyers.find(query["term"])
        found = member(session, facts.id) if facts else None
        return {"items": [found] if found else [], "next_cursor": None}
    limit = query["limit"]
    values = {"before": integer(query.get("cursor")) or 2**62, "limit": limit + 1}
    rows = session.execute(_PAGE, values).mappings().all()
    facts = shop().buyers.by_id([row["buyer_id"] for row in rows]) if rows else {}
    items = [_member(row, facts.get(row["buyer_id"])) for row in rows[:limit]]
    return {"items": items, "next_cursor": _following(rows, limit, "buyer_id")}


def member(session: Any, buyer_id: int) -> dict[str, Any] | None:
    """A buyer's account, empty when points never had to do with this buyer; None for an unknown buyer."""
    facts = shop().buyers.by_id([buyer_id]).get(buyer_id)
    if facts is None:
        return None
    row = session.execute(_MEMBER, {"buyer": buyer_id}).mappings().first()
    empty = {"buyer_id": buyer_id, "balance": 0, "debt": 0, "growth": 0, "level_locked": False}
    return _member(row or {**empty, "level_id": None, "level": None}, facts)


def _member(row: Mapping[str, Any], facts: Any) -> dict[str, Any]:
    return {**row, "member_no": facts and facts.member_no, "phone_tail": facts and facts.phone_tail}


def adjust(session: Any, now: datetime, buyer_id: int, data: Mapping[str, Any], staff_id: int) -> bool:
    """Book an adjustment, with a line in the audit log; False when its key was booked before.

    Raises Refused for more than there is, or another's key.
    """
    account, points = ledger.lock(session, buyer_id, now), data["points"]
    before = session.execute(_BY_KEY, {"key": data["key"]}).first()
    if before is not None:
        if (before.buyer_id, before.points) != (buyer_id, points):
            raise Refused("points_key_reused", say("key_reused"))
        return False
    if points < 0 and account.balance + points < 0:
        raise Refused("points_adjust_short", say("adjust_short", balance=account.balance))
    booking = ledger.Booking(
        "adjust", data["key"], buyer_id, abs(points), now, ledger.ADJUSTED, data["reason"], staff_id
    )
    if points > 0:
        booked = ledger.credit(session, booking, *lifetime(settings(), now)) is not None
    else:
        booked = ledger.debit(session, booking)
    if booked:
        audit("points.adjust", f"buyer:{buyer_id}", points=points, reason=data["reason"])
    return booked


_BY_KEY = text("SELECT buyer_id, points FROM points_transaction WHERE kind = 'adjust' AND reference = :key")
_SET_LEVEL = text(
    "UPDATE points_member m SET level_id = l.id, level_locked = :locked,"
    " review_at = coalesce(m.review_at, CAST(:review_at AS timestamptz))"
    " FROM points_level l WHERE m.buyer_id = :buyer AND l.id = :level RETURNING m.buyer_id"
)


def set_level(session: Any, now: datetime, buyer_id: int, data: Mapping[str, Any]) -> int | None:
    """None when there is no such level; otherwise with a line in the audit log."""
    ledger.lock(session, buyer_id, now)
    review_at = ladder.period(settings(), now)[1]
    values = {"buyer": buyer_id, "level": data["level_id"], "locked": data["locked"], "review_at": review_at}
    stored = session.execute(_SET_LEVEL, values).scalar()
    if stored is not None:
        told = {"level": data["level_id"], "locked": data["locked"], "reason": data["reason"]}
        audit("points.level", f"buyer:{buyer_id}", **told)
    return stored
