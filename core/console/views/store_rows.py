"""Stores as the console's cards tell them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from core import districts
from core.clock import now, shop_time
from core.stores.places import store_body
from core.ui.formats import money
from core.ui.i18n import gettext as _

_MAP = "https://apis.map.qq.com/uri/v1/marker"


def card(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `all_stores` with its words: state, hours, ways, zones."""
    store = store_body(row)
    label, tone = _state(store)
    return {
        **store,
        "label": label,
        "tone": tone,
        "hours": f"{store['opens_at']:%H:%M} – {store['closes_at']:%H:%M}",
        "place": " ".join(part.name for part in districts.path(store["district_code"])),
        "rings": [_ring(zone) for zone in store["zones"]],
        "slots": _slots(store),
        "map": map_address(store),
    }


def map_address(store: Mapping[str, Any]) -> str:
    """The store's point on a public map, to see whether it is right."""
    marker = f"coord:{store['latitude']},{store['longitude']};title:{store['name']};addr:{store['address']}"
    return f"{_MAP}?{urlencode({'marker': marker, 'referer': 'jishi'})}"


def _state(store: Mapping[str, Any]) -> tuple[str, str]:
    if not store["active"]:
        return _("已停用"), "muted"
    inside = store["opens_at"] <= shop_time(now()).time() < store["closes_at"]
    return (_("营业中"), "success") if inside else (_("已打烊"), "warning")


def _slots(store: Mapping[str, Any]) -> str:
    if store["slot_capacity"] is None:
        return _("每 %(minutes)s 分钟一个时段，不限单数", minutes=store["slot_minutes"])
    if store["slot_capacity"] == 0:
        return _("暂停自提预约")
    return _("每 %(minutes)s 分钟最多 %(count)s 单", minutes=store["slot_minutes"], count=store["slot_capacity"])


def _ring(zone: Mapping[str, Any]) -> str:
    """`4 公里内 · 满 ¥20.00 起送 · 配送费 ¥4.00 · 满 ¥39.00 免`."""
    metres = zone["max_distance_m"]
    parts = [_("%(n)s 公里内", n=f"{metres / 1000:g}") if metres >= 1000 else _("%(n)s 米内", n=metres)]
    if zone["min_amount_fen"]:
        parts.append(_("满 %(amount)s 起送", amount=money(zone["min_amount_fen"])))
    parts.append(_("配送费 %(amount)s", amount=money(zone["fee_fen"])) if zone["fee_fen"] else _("免配送费"))
    if zone["free_from_fen"] is not None:
        parts.append(_("满 %(amount)s 免", amount=money(zone["free_from_fen"])))
    return " · ".join(parts)
