"""Stock of a store: moves, counting, and the reservation service every order goes through.

Each act is one set statement: SKUs are locked in id order, conditions decide inside the UPDATE, never a read before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import text

from core.clock import now
from core.db import db


class Shortage(NamedTuple):
    sku_id: int
    wanted: Decimal
    sellable: Decimal


_RESERVE = text(
    """
    WITH wanted AS (
        SELECT sku_id, quantity FROM unnest(CAST(:skus AS bigint[]), CAST(:quantities AS numeric[])) AS w(sku_id, quantity)
    ), locked AS MATERIALIZED (
        SELECT s.sku_id, w.quantity FROM stock s JOIN wanted w USING (sku_id)
        WHERE s.store_id = :store ORDER BY s.sku_id FOR UPDATE OF s
    ), taken AS (
        UPDATE stock s SET reserved = s.reserved + l.quantity, updated_at = :now
        FROM locked l
        WHERE s.store_id = :store AND s.sku_id = l.sku_id AND s.on_hand - s.reserved - s.safety >= l.quantity
        RETURNING s.sku_id, l.quantity
    ), noted AS (
        INSERT INTO reservation (order_id, store_id, sku_id, quantity, state)
        SELECT :order, :store, sku_id, quantity, 'held' FROM taken
    )
    SELECT count(*) FROM taken
    """
)


def reserve(order_id: int, store_id: int, wanted: Sequence[tuple[int, Decimal]]) -> bool:
    """Promise every (sku_id, quantity) to the order or return False; the caller then rolls back.

    Each SKU stands at most once in `wanted`.
    """
    taken = db.session.execute(
        _RESERVE,
        {
            "order": order_id,
            "store": store_id,
            "skus": [sku for sku, _ in wanted],
            "quantities": [quantity for _, quantity in wanted],
            "now": now(),
        },
    ).scalar_one()
    return taken == len(wanted)


_SHORTAGES = text(
    """
    SELECT w.sku_id, w.quantity, greatest(coalesce(s.on_hand - s.reserved - s.safety, 0), 0)
    FROM unnest(CAST(:skus AS bigint[]), CAST(:quantities AS numeric[])) AS w(sku_id, quantity)
    LEFT JOIN stock s ON s.store_id = :store AND s.sku_id = w.sku_id
    WHERE coalesce(s.on_hand - s.reserved - s.safety, 0) < w.quantity
    ORDER BY w.sku_id
    """
)


def shortages(store_id: int, wanted: Sequence[tuple[int, Decimal]]) -> list[Shortage]:
    """What is missing right now, for the message after a refused reservation."""
    values = {"store": store_id, "skus": [s for s, _ in wanted], "quantities": [q for _, q in wanted]}
    return [Shortage(*row) for row in db.session.execute(_SHORTAGES, values)]


_CONFIRM = text("UPDATE reservation SET state = 'firm' WHERE order_id = :order AND state = 'held'")


def confirm(order_id: int) -> None:
    """The order is paid: its reservation has no deadline any more."""
    db.session.execute(_CONFIRM, {"order": order_id})


def _ending(state: str, on_hand: str, moves: str) -> Any:
    """One statement that ends an order's open reservations and changes the stock under it, SKUs in id order."""
    return text(
        f"""
        WITH locked AS MATERIALIZED (
            SELECT s.store_id, s.sku_id FROM stock s JOIN reservation r USING (store_id, sku_id)
            WHERE r.order_id = :order AND r.state IN ('held', 'firm') ORDER BY s.sku_id FOR UPDATE OF s
        ), ended AS (
            UPDATE reservation r SET state = '{state}' FROM locked l
            WHERE r.order_id = :order AND r.sku_id = l.sku_id AND r.state IN ('held', 'firm')
            RETURNING r.store_id, r.sku_id, r.quantity
        ){moves}
        UPDATE stock s SET reserved = s.reserved - e.quantity{on_hand}, updated_at = :now
        FROM ended e WHERE s.store_id = e.store_id AND s.sku_id = e.sku_id
        """
    )


_RELEASE = _ending("released", "", "")
_CONSUME = _ending(
    "consumed",
    ", on_hand = s.on_hand - e.quantity",
    """, written AS (
            INSERT INTO stock_move (store_id, sku_id, kind, quantity, ref, at)
            SELECT store_id, sku_id, 'sale', -quantity, :ref, :now FROM ended
        )""",
)


def release(order_id: int) -> None:
    """Give back what an order held; doing it twice gives back once."""
    db.session.execute(_RELEASE, {"order": order_id, "now": now()})


def consume(order_id: int, number: str) -> None:
    """The goods left the store: on hand falls by what was reserved; doing it twice takes once."""
    db.session.execute(_CONSUME, {"order": order_id, "ref": number, "now": now()})


_MOVE = text(
    """
    WITH incoming AS (
        SELECT sku_id, sum(quantity) AS quantity
        FROM unnest(CAST(:skus AS bigint[]), CAST(:quantities AS numeric[])) AS w(sku_id, quantity)
        GROUP BY sku_id ORDER BY sku_id
    ), written AS (
        INSERT INTO stock_move (store_id, sku_id, kind, quantity, ref, at, actor_id, note)
        SELECT :store, sku_id, :kind, quantity, :ref, :now, CAST(:actor AS bigint), :note FROM incoming
    )
    INSERT INTO stock AS s (store_id, sku_id, on_hand, updated_at)
    SELECT :store, sku_id, quantity, :now FROM incoming ORDER BY sku_id
    ON CONFLICT (store_id, sku_id) DO UPDATE SET on_hand = s.on_hand + excluded.on_hand, updated_at = excluded.updated_at
    """
)


def move(
    store_id: int,
    kind: str,
    ref: str,
    changes: Sequence[tuple[int, Decimal]],
    actor_id: int | None = None,
    note: str = "",
) -> None:
    """Add signed quantities to `on_hand` and write why (`kind`: receipt, pos, return, count). May go below zero.

    `actor_id` and `note` are the staff member who did it by hand, and the reason.
    """
    db.session.execute(
        _MOVE,
        {
            "store": store_id,
            "kind": kind,
            "ref": ref,
            "skus": [sku for sku, _ in changes],
            "quantities": [quantity for _, quantity in changes],
            "now": now(),
            "actor": actor_id,
            "note": note,
        },
    )


_SHELVE = text(
    """
    INSERT INTO stock (store_id, sku_id, updated_at)
    SELECT store_id, sku_id, :now FROM unnest(CAST(:stores AS bigint[]), CAST(:skus AS bigint[])) AS c(store_id, sku_id)
    ORDER BY store_id, sku_id ON CONFLICT DO NOTHING RETURNING sku_id
    """
)
_COUNT = text(
    """
    WITH counted AS (
        SELECT * FROM unnest(CAST(:stores AS bigint[]), CAST(:skus AS bigint[]), CAST(:counts AS numeric[]),
                             CAST(:safeties AS numeric[]), CAST(:shelves AS text[]))
            AS c(store_id, sku_id, on_hand, safety, shelf)
    ), changing AS MATERIALIZED (
        SELECT s.store_id, s.sku_id, c.on_hand - s.on_hand AS difference, c.on_hand,
               coalesce(c.safety, s.safety) AS safety, coalesce(c.shelf, s.shelf_location) AS shelf
        FROM stock s JOIN counted c USING (store_id, sku_id)
        WHERE (s.on_hand, s.safety, s.shelf_location) IS DISTINCT FROM
              (c.on_hand, coalesce(c.safety, s.safety), coalesce(c.shelf, s.shelf_location))
        ORDER BY s.store_id, s.sku_id FOR UPDATE OF s
    ), written AS (
        INSERT INTO stock_move (store_id, sku_id, kind, quantity, ref, at)
        SELECT store_id, sku_id, 'count', difference, :ref, :now FROM changing WHERE difference <> 0
    )
    UPDATE stock s SET on_hand = c.on_hand, safety = c.safety, shelf_location = c.shelf, updated_at = :now
    FROM changing c WHERE s.store_id = c.store_id AND s.sku_id = c.sku_id
    """
)


class Count(NamedTuple):
    """A counted SKU (盘点): None leaves safety or shelf as they are."""

    store_id: int
    sku_id: int
    on_hand: Decimal
    safety: Decimal | None = None
    shelf_location: str | None = None


def count(counts: Sequence[Count], ref: str) -> tuple[int, int]:
    """Set `on_hand` to what was counted, writing the difference as a move; each (store, SKU) at most once.

    Returns how many rows are new and how many changed (the new ones that were counted above zero included).
    """
    values = {
        "stores": [c.store_id for c in counts],
        "skus": [c.sku_id for c in counts],
        "counts": [c.on_hand for c in counts],
        "safeties": [c.safety for c in counts],
        "shelves": [c.shelf_location for c in counts],
        "ref": ref,
        "now": now(),
    }
    created = len(db.session.execute(_SHELVE, values).all())
    return created, db.session.execute(_COUNT, values).rowcount


_RELEASE_PART = text(
    """
    WITH wanted AS (
        SELECT sku_id, quantity FROM unnest(CAST(:skus AS bigint[]), CAST(:quantities AS numeric[])) AS w(sku_id, quantity)
    ), locked AS MATERIALIZED (
        SELECT s.store_id, s.sku_id, least(w.quantity, r.quantity) AS quantity, r.quantity AS reserved
        FROM stock s JOIN reservation r USING (store_id, sku_id) JOIN wanted w USING (sku_id)
        WHERE r.order_id = :order AND r.state IN ('held', 'firm') ORDER BY s.sku_id FOR UPDATE OF s
    ), shrunk AS (
        UPDATE reservation r SET
            quantity = CASE WHEN l.quantity = r.quantity THEN r.quantity ELSE r.quantity - l.quantity END,
            state = CASE WHEN l.quantity = r.quantity THEN 'released' ELSE r.state END
        FROM locked l WHERE r.order_id = :order AND r.sku_id = l.sku_id
    )
    UPDATE stock s SET reserved = s.reserved - l.quantity, updated_at = :now
    FROM locked l WHERE s.store_id = l.store_id AND s.sku_id = l.sku_id
    """
)


def release_part(order_id: int, parts: Sequence[tuple[int, Decimal]]) -> None:
    """Give back part of what an order holds, per SKU; the rest stays promised."""
    values = {"skus": [sku for sku, _ in parts], "quantities": [quantity for _, quantity in parts]}
    db.session.execute(_RELEASE_PART, {**values, "order": order_id, "now": now()})
