"""One order in words: what to do next, who and where, its lines, its money."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from flask import url_for

from core import districts
from core.console.views.order_rows import phone_shown
from core.fulfilment import reading
from core.fulfilment.calling_off import STAFF_MAY
from core.fulfilment.domain import METHODS
from core.orders.words import CHANNELS, FULFILMENTS
from core.ui.formats import moment, slot
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.listing import Action

_NEXT = {
    "pending": _l("等顾客付款，过了付款时间会自动关闭。价格不对可以先改价。"),
    "paid": _l("顾客已付款，请开始备货。"),
    "preparing": _l("正在备货，货齐了点“备好”，系统会通知顾客。"),
    "shipped": _l("配送员已取货，送到后点“确认送达”。"),
    "delivered": _l("已送达，几天后自动完成，也可以现在完成。"),
    "picked_up": _l("顾客已提货。"),
    "completed": _l("订单已完成，不用再做什么。"),
    "cancelled": _l("订单已取消，货已放回库存。"),
    "closed": _l("订单没有付款就关闭了。"),
}
PAYMENT_STATES = {
    "new": (_l("未付款"), "muted"), "prepared": (_l("等待付款"), "warning"), "paid": (_l("已付款"), "success"),
    "closing": (_l("正在关闭"), "muted"), "closed": (_l("已关闭"), "muted"), "failed": (_l("没有付成"), "danger"),
}  # fmt: skip
REFUND_STATES = {
    "pending": (_l("等待退款"), "warning"), "processing": (_l("微信处理中"), "warning"),
    "success": (_l("已退到账"), "success"), "closed": (_l("退款关闭"), "danger"), "abnormal": (_l("退款异常"), "danger"),
}  # fmt: skip


def advice(order: Mapping[str, Any]) -> str:
    """What to do next, in one sentence."""
    if order["state"] != "ready":
        return str(_NEXT[order["state"]])
    if order["fulfilment"] == "delivery":
        return _("货已备好，交给配送员后点“发货”。")
    return _("货已备好，等顾客来提货，核对提货码后交货。")


def steps(order: Mapping[str, Any], allowed: Collection[str]) -> list[Action]:
    """The next steps as buttons, the most likely one first."""
    found = [step for permission, step in _steps(order) if permission in allowed]
    return [Action(s.label, s.href, s.icon, s.post, s.confirm, "primary" if not n else "") for n, s in enumerate(found)]


def _steps(order: Mapping[str, Any]) -> list[tuple[str, Action]]:
    ready = _act(order, "ready", _("备好"), "package", _("会通知顾客。确定货已备齐？"))
    by_state = {
        "paid": [_act(order, "prepare", _("开始备货"), "basket"), ready],
        "preparing": [ready],
        "ready": [_hand_over(order)],
        "shipped": [_act(order, "deliver", _("确认送达"), "home-check")],
        "delivered": [_act(order, "complete", _("完成订单"), "circle-check")],
    }
    return by_state.get(order["state"], [])


def _hand_over(order: Mapping[str, Any]) -> tuple[str, Action]:
    if order["fulfilment"] == "delivery":
        return _act(order, "ship", _("发货"), "truck-delivery", _("确定商品已交给配送员？"))
    return "orders.pickup", Action(_("去核销"), "/console/pickup", "qrcode")


def _act(order: Mapping[str, Any], act: str, label: str, icon: str, confirm: str = "") -> tuple[str, Action]:
    place = url_for("console_order_acts_pages.move", number=order["number"], act=act)
    return "orders.prepare", Action(label, place, icon, post=True, confirm=confirm)


def more(order: Mapping[str, Any], allowed: Collection[str]) -> list[tuple[str, str, str]]:
    """(label, address, icon) of forms that open in a dialog."""
    number, state = order["number"], order["state"]
    paid = any(one["state"] == "paid" for one in order["payments"])
    left = order["refundable"]
    known = [
        ("orders.adjust", state == "pending", _("改价"), "console_order_money_pages.adjust_form", "discount"),
        ("orders.refund", bool(left["lines"]) and (paid or not left["total_fen"]), _("退款"),
         "console_order_money_pages.refund_form", "receipt-refund"),
        ("orders.cancel", state == "pending" or state in STAFF_MAY, _("取消订单"), "console_order_acts_pages.cancel", "ban"),
    ]  # fmt: skip
    return [
        (label, url_for(endpoint, number=number), icon)
        for permission, fits, label, endpoint, icon in known if fits and permission in allowed
    ]


def lines(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines with pictures and what every one costs now; one statement for all pictures."""
    pictures = reading.pictures([int(line["sku_id"]) for line in order["lines"]])
    return [
        {
            **line,
            "picture": pictures.get(int(line["sku_id"])),
            "refunded": Decimal(line["refunded_quantity"]) > 0,
            "discount_fen": line["payable_fen"] - line["list_fen"],
        }
        for line in order["lines"]
    ]


def people(order: Mapping[str, Any], allowed: Collection[str]) -> dict[str, Any]:
    """Who bought, and where the goods go."""
    to = order["delivery_to"] or {}
    return {
        "name": order["buyer_name"] or order["member_no"] or (_("未留姓名") if order["buyer_id"] else _("散客")),
        "href": f"/console/members/{order['buyer_id']}" if order["buyer_id"] and "members.view" in allowed else "",
        "member_no": order["member_no"],
        "address": address(to),
        "contact": to.get("contact") or "",
        "to_phone": phone_shown(to.get("phone")) if to.get("phone") != order["contact_phone"] else "",
    }


def address(to: Mapping[str, Any] | None) -> str:
    """Where a delivery goes: districts by name, then the rest."""
    if not to:
        return ""
    places = [place.name for place in districts.path(to.get("district_code") or "")]
    return " ".join(["".join(places), to.get("detail") or ""]).strip()


def facts(order: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Label and value of what matters at the counter; what there is not is left out."""
    handed = order["handover"]
    pairs = [
        (_("门店"), order["store"]["name"]),
        (_("取货方式"), told(FULFILMENTS.get(order["fulfilment"], order["fulfilment"]))),
        (_("取货时段"), slot(order["slot_starts_at"], order["slot_ends_at"])),
        (_("渠道"), told(CHANNELS.get(order["channel"], order["channel"]))),
        (_("收银小票号"), order["reference"] if order["channel"] != "online" else ""),
        (_("下单时间"), moment(order["placed_at"])),
        (_("付款截止"), moment(order["pay_by"]) if order["state"] == "pending" else ""),
        (_("付款时间"), moment(order["paid_at"])),
        (_("交货"), f"{handed['by']} · {told(METHODS.get(handed['method'], handed['method']))}" if handed else ""),
    ]
    return [(label, value) for label, value in pairs if value]


def payment(one: Mapping[str, Any]) -> dict[str, Any]:
    label, tone = PAYMENT_STATES[one["state"]]
    return {**one, "label": label, "tone": tone}


def refund(one: Mapping[str, Any]) -> dict[str, Any]:
    label, tone = REFUND_STATES[one["state"]]
    return {**one, "label": label, "tone": tone}
