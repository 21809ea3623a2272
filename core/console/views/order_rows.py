"""Orders as the pages show them: rows of the list and of exports, what may be done next, amounts that may go back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for

from core.clock import SHOP_ZONE
from core.console.auth import current_staff
from core.console.shell import shell, stores_in_view
from core.fulfilment.domain import mask_phone
from core.orders import listing
from core.orders.domain import STATE_NAMES
from core.orders.listing import TABS, Wanted
from core.orders.words import CHANNELS, FULFILMENTS
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Column, Empty, Filter, Row
from core.web.exports import Yuan

PAGE = 30
EXPORTED = 10_000
"""Orders in one file."""
_READING = 1000

TONES = {
    "pending": "warning", "paid": "brand", "preparing": "brand", "ready": "warning", "shipped": "brand",
    "picked_up": "success", "delivered": "success", "completed": "success", "cancelled": "muted", "closed": "muted",
}  # fmt: skip


def state_name(state: str, fulfilment: str) -> str:
    """`待提货` is `待发货` where the courier comes for it."""
    return _("待发货") if (state, fulfilment) == ("ready", "delivery") else told(STATE_NAMES[state])


def phone_shown(phone: str | None) -> str:
    """Whole for who works with members, else with its middle hidden."""
    return (phone if "members.edit" in current_staff().permissions else mask_phone(phone)) or ""


def typed(text: str | None) -> str:
    """What somebody typed into a search, in one line and without what can't be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in text or "").split())[:64]


def wanted() -> Wanted:
    """What the address asks for, within the stores in view; raises OtherStore."""
    asked = request.args
    store = asked.get("store", "")
    store_id = int(store) if store.isascii() and store.isdigit() and len(store) < 19 else None
    if store_id is not None:
        current_staff().check_store(store_id)
    return Wanted(
        current_staff().scope if store_id is not None else stores_in_view(),
        store_id,
        tab=_one_of(TABS, asked.get("tab")) or "all",
        channel=_one_of(CHANNELS, asked.get("channel")),
        fulfilment=_one_of(FULFILMENTS, asked.get("fulfilment")),
        since=_midnight(asked.get("from"), 0),
        until=_midnight(asked.get("to"), 1),
        q=typed(asked.get("q")) or None,
    )


def _one_of(known: Mapping[str, Any], value: str | None) -> str | None:
    return value if value in known else None


def _midnight(day: str | None, later: int) -> datetime | None:
    """When `day` (`2026-11-22`) begins at the shop, or the day after it; None for what is no day."""
    try:
        first = date.fromisoformat(day or "") + timedelta(days=later)
        return datetime(first.year, first.month, first.day, tzinfo=SHOP_ZONE)
    except (ValueError, OverflowError):
        return None


def columns() -> list[Column]:
    return [
        Column("number", _("订单"), wide=True),
        Column("buyer", _("顾客"), phone=False),
        Column("how", _("取货方式"), phone=False),
        Column("amount", _("应付"), "money"),
        Column("state", _("状态")),
        Column("placed_at", _("下单时间"), "moment", phone=False),
    ]


def row(order: Mapping[str, Any]) -> Row:
    """One of `listing.list_orders`."""
    cells = {
        "number": Cell(order["number"], sub=_goods(order)),
        "buyer": Cell(order["buyer_name"] or order["member_no"] or "–", sub=phone_shown(order["contact_phone"])),
        "how": Cell(told(FULFILMENTS.get(order["fulfilment"], order["fulfilment"])), sub=order["store_name"]),
        "amount": Cell(order["payable_fen"], sub=_refunded(order)),
        "state": Cell(state_name(order["state"], order["fulfilment"]), sub=_hint(order), tone=TONES[order["state"]]),
        "placed_at": order["placed_at"],
    }
    return Row(cells, id=order["id"], href=url_for("console_orders_pages.show", number=order["number"]))


def _goods(order: Mapping[str, Any]) -> str:
    titles = "、".join(order["titles"] or ())
    return _("%(titles)s 等 %(n)s 种", titles=titles, n=order["line_count"]) if order["line_count"] > 3 else titles


def _refunded(order: Mapping[str, Any]) -> str:
    return _("已退 %(amount)s", amount=f"¥{Yuan(order['refunded_fen'])}") if order["refunded_fen"] else ""


def _hint(order: Mapping[str, Any]) -> str:
    if order["on_hold"]:
        return _("暂停发货")
    return _("退款中") if order["refunding"] else ""


def filters(asked: Wanted) -> list[Filter]:
    """Tabs with counts (a search is not counted), and the choices beside the search."""
    counts = {} if asked.q else listing.counts(asked)
    names = [("" if name == "all" else name, told(tab.label)) for name, tab in TABS.items()]
    shown = {"" if name == "all" else name: listing.capped(n) for name, n in counts.items()}
    stores = [(str(store.id), store.name) for store in shell().stores if store.id is not None]
    places = [Filter("store", _("门店"), stores)] if len(stores) > 1 else []
    return [
        Filter("tab", _("订单状态"), names, "tabs", shown),
        Filter("from", _("从"), kind="date"),
        Filter("to", _("到"), kind="date"),
        *places,
        Filter("channel", _("渠道"), [(key, told(label)) for key, label in CHANNELS.items()]),
        Filter("fulfilment", _("取货方式"), [(key, told(label)) for key, label in FULFILMENTS.items()]),
    ]


def bulk() -> list[Action]:
    """What can be done with several orders at once."""
    found = [Action(_("打印小票"), url_for("console_orders_pages.print_chosen"), "printer")]
    if "orders.prepare" in current_staff().permissions:
        acts = url_for("console_order_acts_pages.move_chosen")
        ask = _("会通知顾客来取或等待配送。确定都备好了？")
        found[:0] = [
            Action(_("开始备货"), acts, "basket", name="act", value="prepare"),
            Action(_("备好"), acts, "package", name="act", value="ready", confirm=ask),
        ]
    return found


def exports() -> list[Action]:
    """The same orders as a file."""
    asked = {key: value for key, value in request.args.items() if key not in {"cursor", "sort"} and value}
    limit = f"{EXPORTED:,}"
    labels = {
        "csv": _("CSV 表格（最多 %(limit)s 单）", limit=limit),
        "xlsx": _("Excel 表格（最多 %(limit)s 单）", limit=limit),
    }
    return [Action(label, url_for("console_orders_pages.export", kind=kind, **asked)) for kind, label in labels.items()]


def empty() -> Empty:
    return Empty(
        _("还没有订单"), _("把小程序码贴在店里，顾客下单后会立刻出现在这里。"), "receipt-off",
        Action(_("打印小程序码"), "/console/stores", "qrcode") if "stores.view" in current_staff().permissions else None,
    )


def exported_columns() -> list[str]:
    return [
        _("订单号"), _("下单时间"), _("门店"), _("渠道"), _("取货方式"), _("状态"),
        _("顾客"), _("会员号"), _("手机号"), _("商品"), _("商品种数"),
        _("商品原价"), _("运费"), _("应付"), _("已退"), _("付款时间"), _("完成时间"), _("买家留言"),
    ]  # fmt: skip


def exported(asked: Wanted) -> Iterator[Sequence[Any]]:
    """Cells of every order that is asked for, newest first, read piece by piece."""
    cursor = None
    for _piece in range(EXPORTED // _READING):
        found = listing.list_orders(asked, cursor, _READING)
        yield from map(_exported, found.items)
        cursor = found.next_cursor
        if cursor is None:
            return


def _exported(order: Mapping[str, Any]) -> Sequence[Any]:
    return [
        order["number"], order["placed_at"], order["store_name"], told(CHANNELS.get(order["channel"], order["channel"])),
        told(FULFILMENTS.get(order["fulfilment"], order["fulfilment"])), state_name(order["state"], order["fulfilment"]),
        order["buyer_name"], order["member_no"], phone_shown(order["contact_phone"]), _goods(order), order["line_count"],
        Yuan(order["list_fen"]), Yuan(order["shipping_fen"]), Yuan(order["payable_fen"]), Yuan(order["refunded_fen"]),
        order["paid_at"], order["completed_at"], order["remark"],
    ]  # fmt: skip
