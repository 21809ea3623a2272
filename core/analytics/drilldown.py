"""From a figure to its rows: the orders and refunds behind it, whose sums are the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text

from core.analytics.ledger import DISCOUNT
from core.analytics.periods import Period
from core.analytics.reading import Stores
from core.analytics.rows import SCENE_BY_TOUCH
from core.db import db
from core.errors import Invalid
from core.web.paging import encode_cursor, integers


class Page(NamedTuple):
    """Rows and the cursor of the next page, None on the last."""

    rows: list[dict[str, Any]]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Touched:
    """Orders whose `touch` (`first` or `last`) is one of these scenes; '' is no visit at all."""

    touch: str
    scenes: tuple[str, ...]


_IN_STORES = "(CAST(:stores AS bigint[]) IS NULL OR o.store_id = ANY(CAST(:stores AS bigint[])))"
_LINES = """
    CROSS JOIN LATERAL (
        SELECT sum(l.quantity) AS quantity, sum(l.payable_fen) AS sku_paid_fen, sum(l.list_fen) AS sku_list_fen
        FROM order_line l WHERE l.order_id = o.id AND l.sku_id = :sku HAVING count(*) > 0
    ) part
"""
_STEPS = f"""
    CROSS JOIN LATERAL (
        SELECT -sum(p.amount_fen) AS discount_fen FROM order_price_step p
        WHERE p.order_id = o.id AND p.price_version = o.price_version AND p.source = :rule_source AND p.rule = :rule
          AND {DISCOUNT} HAVING count(*) > 0
    ) step
"""


def orders_of(
    period: Period,
    stores: Stores,
    *,
    channel: str | None = None,
    sku_id: int | None = None,
    rule: tuple[str, str] | None = None,
    source: Touched | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Orders paid in the period, newest payment first; `rule` is (source, rule) of a campaign. One statement.

    Row: id, number, channel, state, store_id, store_name, placed_at, paid_at, list_fen, goods_fen, shipping_fen,
    paid_fen, refunded_fen (promised until now); with `sku_id` also quantity, sku_list_fen, sku_paid_fen; with `rule` also
    discount_fen. Summed over all pages they are the roll-up's figures. Raises Invalid for a foreign cursor.
    """
    asked = filtered(channel, sku_id, rule, source)
    values = {"since": period.since, "until": period.until, "stores": _list(stores), "limit": limit + 1, **asked.values}
    return _page(_orders(asked.columns, asked.joins, asked.conditions), values, cursor, limit, "paid_at")


@dataclass(frozen=True, slots=True)
class Filtered:
    """The pieces of SQL by which orders (as `o`) are narrowed, and their parameters."""

    columns: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


def filtered(
    channel: str | None = None, sku_id: int | None = None, rule: tuple[str, str] | None = None,
    source: Touched | None = None,
) -> Filtered:
    """What `orders_of` narrows by; its sums are taken of the same (core.analytics.sums)."""
    asked = Filtered()
    if channel is not None:
        asked.conditions.append("o.channel = :channel")
        asked.values["channel"] = channel
    if sku_id is not None:
        asked.columns.append("part.quantity, part.sku_list_fen, part.sku_paid_fen")
        asked.joins.append(_LINES)
        asked.values["sku"] = sku_id
    if rule is not None:
        asked.columns.append("step.discount_fen")
        asked.joins.append(_STEPS)
        asked.values["rule_source"], asked.values["rule"] = rule
    if source is not None:
        asked.conditions.append(f"{SCENE_BY_TOUCH[source.touch]('o')} = ANY(CAST(:scenes AS text[]))")
        asked.values["scenes"] = list(source.scenes)
    return asked


def _orders(columns: Sequence[str], joins: Sequence[str], conditions: Sequence[str]) -> str:
    return f"""
        SELECT o.id, o.number, o.channel, o.state, o.store_id, s.name AS store_name, o.placed_at, o.paid_at, o.list_fen,
               o.goods_fen, o.shipping_fen, o.payable_fen AS paid_fen, o.refunded_fen{"".join(f", {c}" for c in columns)}
        FROM orders o JOIN store s ON s.id = o.store_id {" ".join(joins)}
        WHERE o.paid_at >= :since AND o.paid_at < :until AND {_IN_STORES}
          AND (CAST(:at AS timestamptz) IS NULL OR (o.paid_at, o.id) < (CAST(:at AS timestamptz), CAST(:id AS bigint)))
          {"".join(f" AND {c}" for c in conditions)}
        ORDER BY o.paid_at DESC, o.id DESC LIMIT :limit
    """


_REFUNDS = f"""
    SELECT r.id, r.out_refund_no AS refund_number, o.number, o.channel, o.store_id, s.name AS store_name, r.done_at,
           r.amount_fen AS refunded_fen, r.shipping_fen, r.reason
    FROM refund r JOIN orders o ON o.id = r.order_id JOIN store s ON s.id = o.store_id
    WHERE r.state = 'success' AND r.kind = 'customer' AND r.done_at >= :since AND r.done_at < :until AND {_IN_STORES}
      AND (CAST(:channel AS text) IS NULL OR o.channel = :channel)
      AND (CAST(:at AS timestamptz) IS NULL OR (r.done_at, r.id) < (CAST(:at AS timestamptz), CAST(:id AS bigint)))
    ORDER BY r.done_at DESC, r.id DESC LIMIT :limit
"""


def refunds_of(
    period: Period, stores: Stores, *, channel: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page:
    """Refunds that succeeded in the period, newest first. One statement.

    Row: id, refund_number, number (the order's), channel, store_id, store_name, done_at, refunded_fen, shipping_fen,
    reason. Raises Invalid for a foreign cursor.
    """
    values = {"since": period.since, "until": period.until, "stores": _list(stores), "limit": limit + 1}
    return _page(_REFUNDS, {**values, "channel": channel}, cursor, limit, "done_at")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _page(statement: str, values: dict[str, Any], cursor: str | None, limit: int, moment: str) -> Page:
    """A cursor holds microseconds and id: no row is lost where two were paid within one second."""
    key = integers(cursor, 2)
    after = {"at": None, "id": None} if key is None else {"at": _instant(key[0]), "id": key[1]}
    rows = [dict(row) for row in db.session.execute(text(statement), {**values, **after}).mappings()]
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], encode_cursor(_microseconds(last[moment]), last["id"]))


def _microseconds(instant: datetime) -> int:
    span = instant - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _instant(microseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError as error:
        raise Invalid("翻页游标无效，请从第一页重新开始", code="bad_cursor", field="cursor") from error


def _list(stores: Stores) -> list[int] | None:
    return None if stores is None else list(stores)
