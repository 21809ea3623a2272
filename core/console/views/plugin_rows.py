"""Plugins, their failures and deliveries as the plugin center shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from core.console.api.extensions import entries
from core.console.auth import current_staff
from core.host.gate import PAGES
from core.host.registry import host
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.listing import Action

STATES = {
    "on": (_l("已开启"), "success"),
    "closing": (_l("关闭中"), "warning"),
    "off": (_l("已关闭"), "muted"),
    "missing": (_l("缺失"), "danger"),
    "unfit": (_l("不兼容"), "danger"),
}
DELIVERY_STATES = {"stuck": (_l("多次失败"), "danger"), "parked": (_l("等插件开启"), "muted")}
EVENTS = {
    "order.placed": _l("下单"),
    "order.paid": _l("付款"),
    "order.closed": _l("订单关闭"),
    "order.ready": _l("备货完成"),
    "order.handed_over": _l("交付"),
    "order.completed": _l("订单完成"),
    "order.cancelled": _l("订单取消"),
    "order.refunded": _l("退款"),
}


def cards(states: Sequence[Mapping[str, Any]], trouble: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is on first, then what can be switched on, then the rest."""
    order = ["closing", "on", "off", "unfit", "missing"]
    shown = [about(state, trouble.get(state["name"])) for state in states]
    return sorted(shown, key=lambda card: (order.index(card["state"]), card["name"]))


def about(state: Mapping[str, Any], trouble: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A row of `core.switches.service.states`, with what can be done about it."""
    label, tone = STATES[state["state"]]
    return {
        **state,
        "title": told(state["title"]),
        "summary": told(state["summary"]),
        "label": label,
        "tone": tone,
        "reasons": [told(reason) for reason in state["reasons"]],
        "requires": [plugin_title(name) for name in state["requires"]],
        "conflicts": [plugin_title(name) for name in state["conflicts"]],
        "failures": trouble["failures"] if trouble else 0,
        "stuck": trouble["stuck"] if trouble else 0,
        "switch_action": _switch(state),
        "pages": _pages(state["name"]) if state["state"] in {"on", "closing"} else [],
    }


def has_form(state: Mapping[str, Any]) -> bool:
    return state["has_settings"] and state["state"] not in {"missing", "unfit"}


def delivery(row: Mapping[str, Any]) -> dict[str, Any]:
    """One that waits for a person."""
    label, tone = DELIVERY_STATES[row["state"]]
    return {**row, "label": label, "tone": tone, "what": event_name(row["event"]), "actions": delivery_actions(row)}


def event_name(event: str) -> str:
    return str(EVENTS.get(event, event))


def delivery_actions(row: Mapping[str, Any]) -> list[Action]:
    key = {"event_id": row["event_id"], "consumer": row["consumer"]}
    again = Action(_("再试一次"), url_for("console_deliveries_pages.retry", **key), "refresh", post=True)
    skip = Action(
        _("跳过"), url_for("console_deliveries_pages.skip", **key), post=True,
        confirm=_("跳过后不会再处理这件事，也不能恢复。确定跳过？"), tone="plain",
    )
    return [again, skip] if row["state"] == "stuck" else [skip]


def plugin_title(name: str) -> str:
    """How people call a plugin; its name where nothing of that name is loaded."""
    found = host().loaded.get(name)
    return told(found.plugin.title) if found else name


def _switch(state: Mapping[str, Any]) -> Action | None:
    name, title = state["name"], told(state["title"])
    if state["switch"] == "on":
        ask = _("关闭“%(title)s”？顾客将不再看到它，数据会保留。", title=title)
        return Action(_("关闭"), url_for("console_plugins_pages.disable", name=name), post=True, confirm=ask)
    if state["state"] in {"missing", "unfit"} or not state["in_plan"]:
        return None
    label = _("重新开启") if state["switch"] == "closing" else _("开启")
    return Action(label, url_for("console_plugins_pages.enable", name=name), post=True, tone="primary")


def _pages(name: str) -> list[Action]:
    """Its places in the menu."""
    found = [entry for entry in entries(current_staff().permissions) if entry["plugin"] == name]
    return [Action(told(e["label"]), f"{PAGES}/{name}/{e['path'].strip('/')}", e["icon"], tone="plain") for e in found]
