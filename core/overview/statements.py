"""The one statement behind `attention`: every part reads an index or a table that is small by design, and stops counting
at CAPPED.

Low stock reads a store's rows by primary key: an index on the amounts would make every reservation write all indexes.
"""

from __future__ import annotations

from sqlalchemy import text

from core.overview.domain import CAPPED
from core.payments.stuck import FAILING, IN_SCOPE, STUCK

_STORES = "store s WHERE (CAST(:scope AS bigint[]) IS NULL OR s.id = ANY(CAST(:scope AS bigint[])))"
_WHOLE_SHOP = "CAST(:scope AS bigint[]) IS NULL"


def _orders(states: tuple[str, ...], condition: str) -> str:
    """By store and state, as the index on orders goes."""
    return f"""
        SELECT o.placed_at AS at FROM (SELECT s.id FROM {_STORES}) s CROSS JOIN unnest(ARRAY{list(states)!r}) AS w(state)
        CROSS JOIN LATERAL (
            SELECT placed_at FROM orders o WHERE o.store_id = s.id AND o.state = w.state AND {condition}
            ORDER BY placed_at LIMIT {CAPPED}
        ) o
    """


def _stock(condition: str) -> str:
    return f"""
        SELECT k.updated_at AS at FROM (SELECT s.id FROM {_STORES}) s JOIN stock k ON k.store_id = s.id
        JOIN sku ON sku.id = k.sku_id AND sku.active JOIN product p ON p.id = sku.product_id AND p.on_shelf
        WHERE {condition}
    """


_SELLABLE = "k.on_hand - k.reserved - k.safety"
_PARTS = {
    "to_pick": _orders(("paid", "preparing"), "true"),
    "to_ship": _orders(("ready",), "o.fulfilment = 'delivery'"),
    "overdue_pickups": _orders(
        ("ready",), "o.fulfilment = 'pickup' AND coalesce(o.slot_ends_at, o.placed_at + interval '1 day') < :now"
    ),
    "out_of_stock": _stock(f"{_SELLABLE} <= 0"),
    "low_stock": _stock(f"{_SELLABLE} > 0 AND {_SELLABLE} <= coalesce(k.low_at, :low_at)"),
    "payments_stuck": f"""
        SELECT p.created_at AS at FROM payment p JOIN orders o ON o.id = p.order_id WHERE {STUCK} AND {IN_SCOPE}
    """,
    "refunds_failing": f"""
        SELECT r.created_at AS at FROM refund r JOIN orders o ON o.id = r.order_id WHERE {FAILING} AND {IN_SCOPE}
    """,
    "events_stuck": f"""
        SELECT e.occurred_at AS at FROM event_delivery d JOIN event e ON e.id = d.event_id
        WHERE {_WHOLE_SHOP} AND d.state = 'stuck' AND d.consumer <> ALL(CAST(:notices AS text[]))
    """,
    "notices_failing": f"""
        SELECT e.occurred_at AS at FROM event_delivery d JOIN event e ON e.id = d.event_id
        WHERE {_WHOLE_SHOP} AND d.state = 'stuck' AND d.consumer = ANY(CAST(:notices AS text[]))
        UNION ALL
        SELECT e.occurred_at FROM event_delivery d JOIN event e ON e.id = d.event_id
        WHERE {_WHOLE_SHOP} AND d.state = 'pending' AND d.consumer = ANY(CAST(:notices AS text[])) AND d.attempts >= :tries
    """,
    "plugin_failures": f"SELECT since AS at FROM plugin_failure WHERE {_WHOLE_SHOP} AND last_at >= :yesterday",
    "imports_failed": f"""
        SELECT i.started_at AS at FROM (SELECT * FROM import_run ORDER BY id DESC LIMIT 200) i
        WHERE {_WHOLE_SHOP} AND i.state IN ('partial', 'refused', 'interrupted') AND i.started_at >= :days_ago
          AND NOT EXISTS (SELECT 1 FROM import_run n WHERE n.id > i.id AND n.kind = i.kind AND n.state = 'done')
    """,
    "bill_differences": f"""
        SELECT b.day AT TIME ZONE :zone AS at FROM bill_difference d JOIN bill_day b ON b.id = d.bill_day_id
        WHERE {_WHOLE_SHOP} AND d.resolved_at IS NULL
    """,
    "bills_failed": f"""
        SELECT b.day AT TIME ZONE :zone AS at FROM bill_day b
        WHERE {_WHOLE_SHOP} AND b.state = 'failed' AND b.day >= CAST(:days_ago AS date) - 4
    """,
    "keys_ending": f"""
        SELECT NULL AS at FROM (SELECT * FROM payment_profile ORDER BY version DESC LIMIT 1) p
        WHERE {_WHOLE_SHOP} AND p.certs_until < :soon
    """,
}

ATTENTION = text(
    " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, count(*) AS count, CAST(min(at) AS timestamptz) AS oldest"
        f" FROM (SELECT * FROM ({part}) every LIMIT {CAPPED}) {kind}"
        for kind, part in _PARTS.items()
    )
)
