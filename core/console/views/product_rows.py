"""The list of products as it is drawn: what is asked for, columns, rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for

from core.catalog import naming
from core.catalog.listing import SORTS, Wanted, counts, list_products
from core.console.api.columns import columns as columns_of_plugins
from core.console.auth import context, current_staff
from core.console.shell import stores_in_view
from core.ui.errors import came_from
from core.ui.i18n import gettext as _
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row, plugin_cells, plugin_columns

TABS: dict[str, dict[str, Any]] = {
    "on": {"on_shelf": True},
    "off": {"on_shelf": False},
    "low": {"low": True},
    "out": {"out": True},
    "bare": {"no_picture": True},
}
_ORDERS = {"-price": "price_down", "-stock": "stock_down", "-name": "name_down"}
_LARGEST_ID = 19


def listing() -> Listing:
    """The page of the list that the address asks for."""
    page = list_products(wanted(), request.args.get("cursor"))
    own = columns_of_plugins(context(), "products", [row["id"] for row in page.items])
    editor = is_editor()
    return Listing(
        [*_columns(), *plugin_columns(own)],
        [_row(row, plugin_cells(own, row["id"])) for row in page.items],
        next=page.next_cursor, previous=page.previous_cursor, search=_("名称、拼音、条码或货号"),
        filters=_filters(), bulk=_bulk() if editor else (), exports=_exports(), empty=_empty(editor),
    )


def is_editor() -> bool:
    """Whether the person may change products."""
    return "catalog.edit" in current_staff().permissions


def wanted() -> Wanted:
    """What the address asks for; unknown values ask for nothing."""
    arguments = request.args
    category = arguments.get("category", "")
    sort = arguments.get("sort", "")
    sort = _ORDERS.get(sort, sort)
    return Wanted(
        scope=stores_in_view(),
        category_id=int(category) if category.isascii() and category.isdigit() and len(category) < _LARGEST_ID else None,
        q=arguments.get("q", "")[:200] or None,
        sort=sort if sort in SORTS else "newest",
        **TABS.get(arguments.get("tab", ""), {}),
    )


def list_place() -> str:
    """The list as it was filtered when the form was sent."""
    back, here = came_from() or "", url_for("console_products_pages.index")
    return back if back.partition("?")[0] == here else here


def _columns() -> list[Column]:
    return [
        Column("title", _("商品"), wide=True, sort="name"),
        Column("category", _("分类"), phone=False),
        Column("price", _("售价"), "money", sort="price"),
        Column("stock", _("可售"), "quantity", sort="stock"),
        Column("state", _("状态"), phone=False),
    ]


def _row(row: Mapping[str, Any], own: Mapping[str, str]) -> Row:
    place = url_for("console_product_pages.show", product_id=row["id"])
    state = Cell(_("在售"), tone="success") if row["on_shelf"] else Cell(_("已下架"), tone="muted")
    cells = {
        "title": Cell(row["title"], sub=_sub(row), picture=picture(row)),
        "category": row["category"] or Cell(_("未分类"), tone="muted"),
        "price": Cell(row["low_fen"], sub=_up_to(row)),
        "stock": _stock(row),
        "state": state,
        **own,
    }
    return Row(cells, id=row["id"], href=place)


def picture(row: Mapping[str, Any]) -> str:
    """The smallest picture, or the drawing that stands in for it."""
    return row["picture"]["160"] if row["picture"] else row["placeholder"]


def _sub(row: Mapping[str, Any]) -> str:
    codes = "、".join(row["codes"])
    more = _("等 %(count)s 个规格", count=row["sku_count"]) if row["sku_count"] > len(row["codes"]) else ""
    off = "" if row["on_shelf"] else _("已下架")
    return " · ".join(part for part in (f"{codes}{more}", row["brand"], off) if part)


def _up_to(row: Mapping[str, Any]) -> str:
    if row["low_fen"] == row["high_fen"] or row["high_fen"] is None:
        return ""
    return _("最高 ¥%(price)s", price=f"{row['high_fen'] / 100:.2f}")


def _stock(row: Mapping[str, Any]) -> Cell:
    if row["sellable"] <= 0:
        return Cell(row["sellable"], tone="danger")
    return Cell(row["sellable"], tone="warning" if row["low"] else "")


def _filters() -> list[Filter]:
    known = counts(stores_in_view())
    tabs = [
        ("", _("全部")), ("on", _("在售")), ("off", _("已下架")), ("low", _("低库存")), ("out", _("缺货")),
        ("bare", _("缺图")),
    ]  # fmt: skip
    numbers = {
        "": known["every"], "on": known["on_shelf"], "off": known["off_shelf"], "low": known["low"],
        "out": known["out"], "bare": known["no_picture"],
    }  # fmt: skip
    categories = [(str(id_), name) for id_, name in naming.category_choices()]
    return [Filter("tab", _("状态"), tabs, "tabs", numbers), Filter("category", _("全部分类"), categories)]


def _bulk() -> list[Action]:
    shelf, choose = url_for(".shelve"), "console_products_pages.choose"
    return [
        Action(_("上架"), shelf, name="on_shelf", value="1"),
        Action(_("下架"), shelf, confirm=_("下架后顾客看不到选中的商品，确定下架？"), name="on_shelf", value="0"),
        Action(_("移动分类"), url_for(choose, what="move"), "folder-symlink"),
        Action(_("改价"), url_for(choose, what="prices"), "currency-yuan"),
    ]


def _exports() -> list[Action]:
    arguments = {key: value for key, value in request.args.items() if key in {"q", "tab", "category", "sort"} and value}
    return [
        Action("Excel", url_for(".export", kind="xlsx", **arguments)),
        Action("CSV", url_for(".export", kind="csv", **arguments)),
    ]


def _empty(editor: bool) -> Empty:
    if not editor:
        return Empty(_("还没有商品"), _("店长添加商品后会显示在这里"), "package")
    return Empty(
        _("还没有商品"), _("可以一个个添加，也可以把现有的商品表格导入进来"), "package",
        Action(_("新建商品"), url_for("console_product_pages.new"), "plus", tone="primary"),
    )
