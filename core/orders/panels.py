"""What plugins say about orders (`order_panels`): `extensions.<plugin>` for shopper and staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.host import showing
from core.plugin import Context, OrderRef, Panel
from core.ui.describing import plain


def panels(context: Context, orders: Iterable[Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """Panels by order id and plugin name, with one call for all `orders`, which are rows of `reading`."""
    refs = tuple(_ref(order) for order in orders)
    found: dict[int, dict[str, Any]] = {ref.order_id: {} for ref in refs}
    if not refs:
        return found
    for shown in showing.ask("order_panels", _shape, ctx=context, orders=refs):
        for order_id, panel in (shown.value or {}).items():
            if order_id in found:
                found[order_id][shown.plugin] = panel
    return found


def _ref(order: Mapping[str, Any]) -> OrderRef:
    buyer_id = None if order["buyer_id"] is None else int(order["buyer_id"])
    return OrderRef(
        int(order["id"]), order["number"], order["state"], buyer_id, int(order["store_id"]), order["payable_fen"]
    )


def _shape(answer: Any) -> dict[int, dict[str, Any]]:
    return {order_id: _panel(panel) for order_id, panel in (answer or {}).items() if panel is not None}


def _panel(panel: Any) -> dict[str, Any]:
    (given,) = showing.items((panel,), Panel, 1)
    return {"title": showing.line(given.title), "rows": showing.rows(given.rows), "data": plain(dict(given.data))}
