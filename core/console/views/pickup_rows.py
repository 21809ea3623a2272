"""What the counter is told: one sentence in a colour, the order it is about, and what may be done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from core.clock import now
from core.console.auth import context
from core.fulfilment import counter
from core.fulfilment.counter import CODE, NOTHING, NUMBER, Trace
from core.fulfilment.domain import LEFT_THE_STORE, TO_PICK, mask_name, mask_phone
from core.orders.domain import STATE_NAMES
from core.orders.panels import panels
from core.ui import formats
from core.ui.formats import moment
from core.ui.i18n import gettext as _
from core.ui.i18n import told

JUST_NOW = timedelta(minutes=2)
"""So long after a hand-over its page still says that it worked; later it says that the goods are gone."""

LOOKS = {
    "found": ("brand", "package", "found"),
    "done": ("success", "circle-check", "ok"),
    "several": ("warning", "users", "found"),
    "early": ("warning", "clock", "error"),
    "ask": ("warning", "qrcode", "found"),
    "refused": ("danger", "circle-x", "error"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` is a key of LOOKS; `order` what to show beneath, `choices` orders to choose from, `typed` what was asked."""

    kind: str
    title: str
    text: str = ""
    order: Mapping[str, Any] | None = None
    choices: Sequence[Mapping[str, Any]] = ()
    typed: str = ""

    @property
    def tone(self) -> str:
        return LOOKS[self.kind][0]

    @property
    def icon(self) -> str:
        return LOOKS[self.kind][1]

    @property
    def sound(self) -> str:
        return LOOKS[self.kind][2]


def look(store_id: int, typed: str, number: str = "") -> Verdict:
    """What to tell somebody who typed or scanned this at the store; `number` chooses among several orders."""
    kind, digits = counter.understood(typed)
    if kind == NOTHING:
        return Verdict("refused", _("没有看懂"), _("请扫 8 位提货码，或输入顾客手机号的后 4 位"), typed=typed[:40])
    if kind == CODE:
        return _by_trace(store_id, counter.trace_code(store_id, digits), typed=digits)
    if kind == NUMBER:
        return _by_number(store_id, digits)
    return _by_phone(store_id, digits, number)


def _by_trace(store_id: int, trace: Trace | None, typed: str) -> Verdict:
    if trace is None:
        return Verdict("refused", _("没有这个提货码"), _("请核对数字再试；已取消或已退款的订单不能提货"), typed=typed)
    if trace.store_id != store_id:
        return elsewhere(trace.store_name, typed, trace)
    return about(store_id, trace.number, typed)


def elsewhere(store: str, typed: str, trace: Trace | None = None) -> Verdict:
    """The order is another store's: nothing is said of it but where."""
    if trace is not None and trace.at is not None:
        return Verdict("refused", _("已在“%(store)s”交付", store=store), _when(trace.at), typed=typed)
    return Verdict(
        "refused", _("不是本店的订单"), _("这个订单在“%(store)s”提货，请顾客到那里取", store=store), typed=typed
    )


def _by_number(store_id: int, number: str) -> Verdict:
    order = counter.order_at(store_id, number)
    if order is None:
        return Verdict("refused", _("本店没有这个订单"), _("请核对订单号，或看看左上角选的门店对不对"), typed=number)
    verdict = judge(order, number)
    if verdict.kind != "found":
        return verdict
    return Verdict("ask", _("请扫顾客的提货码"), _("只有订单号不能交付：请扫提货码，或输入顾客手机号的后 4 位"), order)


def _by_phone(store_id: int, tail: str, number: str) -> Verdict:
    waiting = counter.waiting_by_phone(store_id, tail)
    here = [row for row in waiting if row["store_id"] == store_id]
    if number and any(row["number"] == number for row in here):
        return about(store_id, number, tail)
    candidates = [row for row in here if row["state"] == "ready"] or here
    if len(candidates) > 1:
        return _several(candidates, tail)
    if candidates:
        return about(store_id, candidates[0]["number"], tail)
    given = counter.given_by_phone(store_id, tail)
    if given is not None:
        return about(store_id, given.number, tail)
    if waiting:
        return elsewhere(waiting[0]["store_name"], tail)
    return Verdict("refused", _("没有待提货的订单"), _("没有手机尾号为 %(tail)s 的顾客在等提货", tail=tail), typed=tail)


def _several(rows: Sequence[Mapping[str, Any]], tail: str) -> Verdict:
    choices = [{**row, "name": mask_name(row["buyer_name"]), "state_name": told(STATE_NAMES[row["state"]])} for row in rows]
    title = _("有 %(count)s 个订单，请与顾客核对", count=len(rows))
    return Verdict("several", title, _("手机尾号 %(tail)s，点选顾客要取的那一个", tail=tail), choices=choices, typed=tail)


def about(store_id: int, number: str, typed: str = "") -> Verdict:
    """What to say of an order of the store."""
    order = counter.order_at(store_id, number)
    if order is None:
        return Verdict("refused", _("本店没有这个订单"), typed=typed)
    return judge(order, typed)


def judge(order: Mapping[str, Any], typed: str) -> Verdict:
    """May it be handed out? If not, why."""
    shown = _shown(order)
    if order["given_at"] is not None:
        return Verdict("refused", _("已经交付过了"), _given(order), shown, typed=typed)
    if order["fulfilment"] != "pickup":
        return Verdict("refused", _("这是配送订单"), _("配送订单不在柜台核销，请在订单页面发货"), shown, typed=typed)
    if order["holds"] and order["state"] not in LEFT_THE_STORE:
        return Verdict("refused", _("暂时不能交付"), "；".join(told(hold) for hold in order["holds"]), shown, typed=typed)
    if order["state"] in TO_PICK:
        return Verdict("early", _("还没有备好"), _("先按下面的清单把商品拣齐，再点“备好了”"), shown, typed=typed)
    if order["state"] == "ready":
        return Verdict("found", _("请核对商品后确认交付"), shown["slot"], shown, typed=typed)
    state = _("订单状态：%(state)s", state=told(STATE_NAMES[order["state"]]))
    return Verdict("refused", _("不能交付"), state, shown, typed=typed)


def finished(store_id: int, number: str) -> Verdict | None:
    """The page after a hand-over; a while later it only says when that was. None for no order of the store."""
    order = counter.order_at(store_id, number)
    if order is None:
        return None
    if order["given_at"] is None or now() - order["given_at"] > JUST_NOW:
        return judge(order, "")
    return Verdict("done", _("交付成功"), _given(order), _shown(order))


def _given(order: Mapping[str, Any]) -> str:
    return _("%(at)s 由 %(by)s 交付", at=_when(order["given_at"], True), by=order["given_by"])


def _shown(order: Mapping[str, Any]) -> dict[str, Any]:
    """The order as the template draws it: phone and name masked, the plugins' panels."""
    phone = order["contact_phone"] or ""
    lines = [line for line in order["lines"] if line["quantity"] != "0"]
    return {
        **{key: value for key, value in order.items() if key not in ("contact_phone", "buyer_name")},
        "phone": mask_phone(phone) or "",
        "phone_tail": phone[-4:],
        "name": mask_name(order["buyer_name"]) or "",
        "lines": lines,
        "refunded": [line for line in order["lines"] if line["refunded"] != "0"],
        "state_name": told(STATE_NAMES[order["state"]]),
        "slot": slot(order),
        "panels": list(panels(context(order["store_id"]), [order])[order["id"]].values()),
    }


def slot(order: Mapping[str, Any]) -> str:
    """When the customer said to come: `11-22 10:00–11:00`; nothing without a slot."""
    time = formats.slot(order["slot_starts_at"], order["slot_ends_at"])
    return _("约定时间 %(time)s", time=time) if time else ""


def _when(instant: datetime, seconds: bool = False) -> str:
    return str(Markup(moment(instant, seconds)).striptags())


def groups(totals: Sequence[Mapping[str, Any]], by: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """A picklist's totals with category, picture and `weighed`, grouped by `shelf` or `category`."""
    goods = counter.goods_by_sku([int(total["sku_id"]) for total in totals])
    found: dict[str, list[dict[str, Any]]] = {}
    for total in totals:
        row = {**total, **goods[int(total["sku_id"])]}
        place = row["shelf_location"] if by == "shelf" else row["category"]
        found.setdefault(place or "", []).append(row)
    return sorted(found.items(), key=lambda group: (group[0] == "", group[0]))
