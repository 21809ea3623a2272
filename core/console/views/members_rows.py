"""Members as the pages show them: what the address asks for, rows of the list, of exports, of one person's orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import request, url_for

from core.buyers import labels
from core.buyers.listing import SORTS, Wanted, list_members, sortable
from core.console.api.columns import columns
from core.console.auth import context, current_staff
from core.console.shell import stores_in_view
from core.console.views.order_rows import TONES, state_name
from core.console.views.order_rows import typed as in_one_line
from core.errors import Invalid
from core.orders.listing import Wanted as OrdersWanted
from core.orders.listing import list_orders
from core.ui.formats import day
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row, plugin_cells, plugin_columns
from core.web.exports import Yuan

PAGE = 30
MOST_CHOSEN = 1000
"""People who get a label at once."""
_READING = 2000
_ORDERS = 10

LABEL_TONES = {
    "grey": "muted", "red": "danger", "orange": "warning", "green": "success", "blue": "brand", "purple": "purple",
}  # fmt: skip


def wanted() -> Wanted:
    """What the address asks for; orders count as far as the stores in view go."""
    given = request.args
    tag = given.get("tag", "")
    return Wanted(
        in_one_line(given.get("q")) or None,
        int(tag) if tag.isascii() and tag.isdecimal() and len(tag) < 19 else None,
        given.get("kind") == "members",
        _sort(given.get("sort", "")),
        stores_in_view(),
    )


def asked() -> dict[str, str]:
    """The filters and the order as they stand in the address."""
    return {key: value for key, value in request.args.items() if key in ("q", "tag", "kind", "sort") and value}


def _sort(given: str) -> str:
    known = SORTS if sortable(stores_in_view()) else ("joined",)
    return given if given.removeprefix("-") in known else "-joined"


def listing() -> Listing:
    """The list with filters, what may be done with chosen rows, and the columns of plugins."""
    cursor = request.args.get("before") or request.args.get("cursor")
    found = list_members(wanted(), False, cursor, PAGE)
    own = columns(context(), "members", [row["id"] for row in found.items])
    bulk = [Action(_("打标签"), url_for("console_labels_pages.tag_many", **asked()), "tag", post=True)]
    return Listing(
        [*_columns(), *plugin_columns(own)],
        [_row(row, plugin_cells(own, row["id"])) for row in found.items],
        next=found.next_cursor, previous=found.previous_cursor, search=_("姓名、会员号或手机后 4 位"), filters=_filters(),
        bulk=bulk if "members.edit" in current_staff().permissions else [], exports=_exports(), empty=_empty(),
    )


def _columns() -> list[Column]:
    orders, spent, last = ("orders", "spent", "last") if sortable(stores_in_view()) else ("", "", "")
    return [
        Column("name", _("会员"), wide=True),
        Column("labels", _("标签"), phone=False),
        Column("orders", _("订单"), "number", sort=orders, phone=False, falling=True),
        Column("spent", _("消费"), "money", sort=spent, falling=True),
        Column("last", _("最近下单"), "moment", sort=last, phone=False, falling=True),
        Column("joined", _("加入时间"), sort="joined", phone=False, falling=True),
    ]


def _row(row: Mapping[str, Any], extra: Mapping[str, str]) -> Row:
    number = _("会员号 %(number)s", number=row["member_no"]) if row["member_no"] else _("未入会")
    sub = f"{number} · {row['phone']}" if row["phone"] else number
    cells = {
        "name": Cell(name_of(row), sub=sub),
        "labels": "、".join(label["name"] for label in row["labels"]),
        "orders": row["orders"],
        "spent": row["spent_fen"],
        "last": row["last_order_at"],
        "joined": day(row["joined_at"] or row["created_at"]),
        **extra,
    }
    return Row(cells, id=row["id"], href=url_for(".show", member_id=row["id"]))


def name_of(row: Mapping[str, Any]) -> str:
    """The name, or what to call somebody who gave none."""
    return row["name"] or _("顾客 %(id)s", id=row["id"])


def _filters() -> list[Filter]:
    kinds = [("", _("全部")), ("members", _("有会员号"))]
    known = [(str(label["id"]), f"{label['name']}（{label['members']}）") for label in labels.all_labels()]
    return [
        Filter("kind", _("哪些人"), kinds, "tabs"),
        Filter("tag", _("标签"), known),
        Filter("sort", _("排序"), _orders()),
    ]


def _orders() -> list[tuple[str, str]]:
    """The orders that people ask for; the heads of the columns turn them round."""
    by_age = [("joined", _("最早加入"))]
    by_total = [
        ("-spent", _("消费最多")), ("-orders", _("订单最多")), ("-last", _("最近下过单")), ("last", _("最久没下单")),
    ]  # fmt: skip
    return [*by_total, *by_age] if sortable(stores_in_view()) else by_age


def _exports() -> list[Action]:
    return [Action(kind.upper(), url_for(".export", **asked(), format=kind)) for kind in ("csv", "xlsx")]


def _empty() -> Empty:
    action = None
    if "imports.run" in current_staff().permissions:
        action = Action(_("导入老会员"), "/console/imports", "file-import", tone="primary")
    text = _("顾客在小程序里登录后会出现在这里；老系统的会员可以用表格一次导入")
    return Empty(_("还没有会员"), text, "users", action)


HEADER = ("会员号", "姓名", "手机（隐去中间）", "标签", "订单数", "消费（元）", "最近下单", "加入时间")


def header() -> list[str]:
    return [told(title) for title in HEADER]


def exported(found_by: Wanted) -> Iterator[Sequence[Any]]:
    """The rows of a file, phones masked; read in pieces, so that a large shop fits into memory."""
    cursor: str | None = None
    while True:
        found = list_members(found_by, False, cursor, _READING)
        yield from (_file_row(row) for row in found.items)
        cursor = found.next_cursor
        if cursor is None:
            return


def _file_row(row: Mapping[str, Any]) -> list[Any]:
    names = "、".join(label["name"] for label in row["labels"])
    joined = row["joined_at"] or row["created_at"]
    return [
        row["member_no"], row["name"], row["phone"], names, row["orders"], Yuan(row["spent_fen"]), row["last_order_at"],
        joined,
    ]  # fmt: skip


def chosen() -> list[int]:
    """The people that were ticked; raises Invalid for none, for too many."""
    found = [value for value in request.form.getlist("ids") if value.isascii() and value.isdecimal() and len(value) < 19]
    if not found:
        raise Invalid(_("请先选择会员"))
    if len(found) > MOST_CHOSEN:
        raise Invalid(_("一次最多选 %(most)s 位会员，请分几次打标签", most=MOST_CHOSEN))
    return [int(value) for value in found]


def matching() -> list[int] | None:
    """Everybody whom the filters of the address leave; None for more than MOST_CHOSEN."""
    found = list_members(replace(wanted(), sort="-joined"), False, limit=MOST_CHOSEN)
    return None if found.next_cursor else [row["id"] for row in found.items]


def label_choices() -> list[tuple[str, str]]:
    return [(str(label["id"]), label["name"]) for label in labels.all_labels()]


def orders_of(member_id: int) -> Listing:
    """The person's latest orders in the stores in view."""
    found = list_orders(OrdersWanted(stores_in_view(), buyer_id=member_id), limit=_ORDERS)
    shown = [
        Column("what", _("订单"), wide=True),
        Column("state", _("状态")),
        Column("amount", _("金额"), "money"),
        Column("at", _("下单时间"), "moment", phone=False),
    ]
    rows = [_order(row) for row in found.items]
    return Listing(shown, rows, empty=Empty(_("还没有订单"), _("下过的订单会列在这里"), "receipt"), id="orders")


def _order(row: Mapping[str, Any]) -> Row:
    titles = "、".join(row["titles"])
    state = Cell(state_name(row["state"], row["fulfilment"]), tone=TONES[row["state"]])
    cells = {"what": Cell(row["number"], sub=titles), "state": state, "amount": row["payable_fen"], "at": row["placed_at"]}
    return Row(cells, href=f"/console/orders/{row['number']}")
