"""Stock as staff change it by hand: counting, receiving, moving to another store, thresholds.

Every act is one conditional statement, leaves moves that name the staff member and the reason, and a line in the audit
log. The caller commits and asks whether the staff member may act for the store.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text

from core.clock import now, shop_time
from core.db import db
from core.errors import Invalid
from core.staff import audit
from core.stock import receipts
from core.stock.errors import BelowZero, NotEnough, StockMoved, UnknownGoods
from core.web.fields import quantity_text


class Counted(NamedTuple):
    """A counted SKU: what the book said and what was found."""

    sku_id: int
    before: Decimal
    after: Decimal


class Tally(NamedTuple):
    """One row of a stock-taking; `seen` is the book's figure that the counter looked at (None: don't ask)."""

    sku_id: int
    counted: Decimal
    seen: Decimal | None = None


_COUNT = text(
    """
    WITH tally AS (
        SELECT * FROM unnest(CAST(:skus AS bigint[]), CAST(:counts AS numeric[]), CAST(:seen AS numeric[]))
            AS t(sku_id, counted, seen)
    ), held AS MATERIALIZED (
        SELECT s.sku_id, s.on_hand FROM stock s JOIN tally USING (sku_id)
        WHERE s.store_id = :store ORDER BY s.sku_id FOR UPDATE OF s
    ), compared AS MATERIALIZED (
        SELECT t.sku_id, coalesce(h.on_hand, 0) AS before, t.counted,
               t.seen IS NULL OR t.seen = coalesce(h.on_hand, 0) AS fits
        FROM tally t JOIN sku ON sku.id = t.sku_id LEFT JOIN held h ON h.sku_id = t.sku_id
    ), changing AS (
        SELECT sku_id, before, counted FROM compared
        WHERE before <> counted AND NOT EXISTS (SELECT 1 FROM compared WHERE NOT fits)
    ), noted AS (
        INSERT INTO stock_move (store_id, sku_id, kind, quantity, ref, at, actor_id, note)
        SELECT :store, sku_id, 'count', counted - before, :ref, :now, CAST(:actor AS bigint), :note FROM changing
    ), booked AS (
        INSERT INTO stock AS s (store_id, sku_id, on_hand, updated_at)
        SELECT :store, sku_id, counted, :now FROM changing ORDER BY sku_id
        ON CONFLICT (store_id, sku_id) DO UPDATE
            SET on_hand = s.on_hand + excluded.on_hand - (SELECT before FROM changing c WHERE c.sku_id = s.sku_id),
                updated_at = excluded.updated_at
    )
    SELECT sku_id, before, counted, fits FROM compared ORDER BY sku_id
    """
)


def count(store_id: int, tallies: Sequence[Tally], reason: str, actor_id: int | None) -> list[Counted]:
    """盘点: set what was found; all of them or none. Returns the figures before and after, by SKU id.

    Raises BelowZero, UnknownGoods, Invalid for an SKU that stands twice, and StockMoved when the book has changed since
    the counter looked at it.
    """
    _check(tallies)
    number = new_number("PD")
    values = {
        "store": store_id,
        "skus": [tally.sku_id for tally in tallies],
        "counts": [tally.counted for tally in tallies],
        "seen": [tally.seen for tally in tallies],
        "ref": number,
        "now": now(),
        "actor": actor_id,
        "note": reason,
    }
    rows = db.session.execute(_COUNT, values).all()
    if len(rows) < len(tallies):
        raise UnknownGoods(field="lines")
    moved = [row for row in rows if not row.fits]
    if moved:
        current = {str(row.sku_id): quantity_text(row.before) for row in moved}
        raise StockMoved(field="lines", current=current)
    changed = [row for row in rows if row.before != row.counted]
    if changed:
        audit.record("stock.count", f"store:{store_id}:stock", number=number, skus=len(changed), reason=reason)
    return [Counted(row.sku_id, row.before, row.counted) for row in rows]


def _check(tallies: Sequence[Tally]) -> None:
    if len({tally.sku_id for tally in tallies}) < len(tallies):
        raise Invalid("同一个商品出现了两次", code="duplicate_row", field="lines")
    if any(tally.counted < 0 for tally in tallies):
        raise BelowZero(field="lines")


def receive(
    store_id: int, number: str | None, lines: Sequence[tuple[int, Decimal]], note: str, actor_id: int | None
) -> str:
    """入库: book (sku_id, quantity) once per `number` (None: a new one); returns the number.

    Raises UnknownGoods, ReceiptReused when the number stands for other goods.
    """
    _check_known([sku for sku, _ in lines])
    number = number or new_number("RK")
    if receipts.receive(store_id, number, lines, actor_id, note):
        audit.record("stock.receive", f"store:{store_id}:stock", number=number, lines=len(lines))
    return number


_TRANSFER = text(
    """
    WITH wanted AS (
        SELECT sku_id, sum(quantity) AS quantity
        FROM unnest(CAST(:skus AS bigint[]), CAST(:quantities AS numeric[])) AS w(sku_id, quantity) GROUP BY sku_id
    ), locked AS MATERIALIZED (
        SELECT s.store_id, s.sku_id, s.on_hand - s.reserved AS free FROM stock s JOIN wanted USING (sku_id)
        WHERE s.store_id = ANY(:pair) ORDER BY s.store_id, s.sku_id FOR UPDATE OF s
    ), able AS MATERIALIZED (
        SELECT w.sku_id, w.quantity FROM wanted w JOIN locked l ON l.store_id = :source AND l.sku_id = w.sku_id
        WHERE l.free >= w.quantity
    ), going AS (
        SELECT * FROM able WHERE (SELECT count(*) FROM able) = (SELECT count(*) FROM wanted)
    ), taken AS (
        UPDATE stock s SET on_hand = s.on_hand - g.quantity, updated_at = :now FROM going g
        WHERE s.store_id = :source AND s.sku_id = g.sku_id
    ), given AS (
        INSERT INTO stock AS s (store_id, sku_id, on_hand, updated_at)
        SELECT :target, sku_id, quantity, :now FROM going ORDER BY sku_id
        ON CONFLICT (store_id, sku_id) DO UPDATE SET on_hand = s.on_hand + excluded.on_hand, updated_at = :now
    ), noted AS (
        INSERT INTO stock_move (store_id, sku_id, kind, quantity, ref, at, actor_id, note)
        SELECT :source, sku_id, 'transfer', -quantity, :ref, :now, CAST(:actor AS bigint), :note FROM going
        UNION ALL SELECT :target, sku_id, 'transfer', quantity, :ref, :now, CAST(:actor AS bigint), :note FROM going
    )
    SELECT (SELECT count(*) FROM going) AS moved,
           coalesce((SELECT array_agg(sku_id ORDER BY sku_id) FROM wanted
                     WHERE NOT sku_id IN (SELECT sku_id FROM able)), '{}') AS short
    """
)


def transfer(
    source_id: int,
    target_id: int,
    lines: Sequence[tuple[int, Decimal]],
    note: str,
    actor_id: int | None,
    number: str | None = None,
) -> str:
    """调拨: move goods that nobody was promised to another store, once per `number` (None: a new one); returns it.

    Raises Invalid for the same store twice, ReceiptReused, NotEnough (`skus`) when the source can't give all of it;
    then roll back, nothing moved.
    """
    if source_id == target_id:
        raise Invalid("调出和调入是同一家门店", code="same_store", field="target_id")
    number = number or new_number("DB")
    if not receipts.claim(number, target_id, receipts.digest_of(lines, source_id, target_id), len(lines)):
        return number
    values = {
        "source": source_id,
        "target": target_id,
        "pair": [source_id, target_id],
        "skus": [sku for sku, _ in lines],
        "quantities": [quantity for _, quantity in lines],
        "ref": number,
        "now": now(),
        "actor": actor_id,
        "note": note,
    }
    done = db.session.execute(_TRANSFER, values).one()
    if done.short:
        raise NotEnough(field="lines", skus=[str(sku) for sku in done.short])
    audit.record("stock.transfer", f"store:{source_id}:stock", number=number, to=str(target_id), lines=done.moved)
    return number


_THRESHOLD = text(
    """
    INSERT INTO stock (store_id, sku_id, low_at, updated_at)
    SELECT :store, id, CAST(:low_at AS numeric), :now FROM sku WHERE id = ANY(CAST(:skus AS bigint[])) ORDER BY id
    ON CONFLICT (store_id, sku_id) DO UPDATE SET low_at = excluded.low_at
    """
)


def set_low_at(store_id: int, sku_ids: Sequence[int], low_at: Decimal | None) -> int:
    """From which sellable amount these SKUs of a store run low; None means the shop's setting. Returns how many."""
    if low_at is not None and low_at < 0:
        raise BelowZero(field="low_at")
    values = {"store": store_id, "skus": sorted(set(sku_ids)), "low_at": low_at, "now": now()}
    changed = db.session.execute(_THRESHOLD, values).rowcount
    audit.record("stock.low_at", f"store:{store_id}:stock", low_at=low_at and quantity_text(low_at), skus=changed)
    return changed


_KNOWN = text("SELECT count(*) FROM sku WHERE id = ANY(CAST(:skus AS bigint[]))")


def _check_known(skus: Sequence[int]) -> None:
    wanted = sorted(set(skus))
    if db.session.execute(_KNOWN, {"skus": wanted}).scalar_one() < len(wanted):
        raise UnknownGoods(field="lines")


def new_number(prefix: str) -> str:
    """A number for a paper that has none: kind, shop date and time, four random digits."""
    return f"{prefix}{shop_time(now()):%y%m%d%H%M%S}{secrets.randbelow(10**4):04d}"
