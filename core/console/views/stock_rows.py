"""Stock as it is drawn: the list of a store, and the moves of an SKU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for

from core.catalog import naming
from core.stock.listing import ONLY, Wanted, counts, list_stock, moves
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row

_LARGEST_ID = 18
_TONES = {"receipt": "success", "return": "success", "count": "warning", "transfer": "brand"}


def stock_listing(store: Mapping[str, Any], stores: Sequence[Mapping[str, Any]]) -> Listing:
    """The page of the store's list that the address asks for."""
    page = list_stock(_wanted(store["id"]), request.args.get("cursor"))
    return Listing(
        _columns(), [_row(store["id"], row) for row in page.items],
        next=page.next_cursor, previous=page.previous_cursor, search=_("名称、拼音、条码或货号"),
        filters=_filters(store["id"], stores),
        empty=Empty(
            _("还没有商品"), _("先新建或导入商品，再来这里入库"), "building-warehouse",
            Action(_("批量导入"), "/console/imports/new?kind=stock", "file-import", tone="primary"),
        ),
    )  # fmt: skip


def _columns() -> list[Column]:
    return [
        Column("title", _("商品"), wide=True),
        Column("sellable", _("可售"), "quantity"),
        Column("on_hand", _("现存"), "quantity", phone=False),
        Column("reserved", _("预占"), "quantity", phone=False),
        Column("shelf", _("货位"), phone=False),
        Column("at", _("变动时间"), "moment", phone=False),
    ]


def _row(store_id: int, row: Mapping[str, Any]) -> Row:
    key = {"store_id": store_id, "sku_id": row["sku_id"]}
    tone = "danger" if row["sellable"] <= 0 else "warning" if row["low"] else ""
    off = "" if row["on_shelf"] else _("已下架")
    cells = {
        "title": Cell(row["title"], sub=" · ".join(part for part in (row["spec"], row["code"], off) if part)),
        "sellable": Cell(row["sellable"], tone=tone, sub=row["unit"]),
        "on_hand": row["on_hand"],
        "reserved": row["reserved"],
        "shelf": row["shelf_location"] or "",
        "at": row["updated_at"] or "",
    }
    actions = [
        Action(_("入库"), url_for(".receive", **key), dialog=True),
        Action(_("盘点"), url_for(".count", **key), dialog=True),
    ]
    return Row(cells, id=row["sku_id"], href=url_for(".show", **key), actions=actions)


def _wanted(store_id: int) -> Wanted:
    only, category = request.args.get("only", ""), request.args.get("category", "")
    known = category.isascii() and category.isdigit() and len(category) <= _LARGEST_ID
    return Wanted(
        store_id, only if only in ONLY else None, int(category) if known else None, request.args.get("q", "")[:200] or None
    )


def _filters(store_id: int, stores: Sequence[Mapping[str, Any]]) -> list[Filter]:
    known = counts(store_id)
    tabs = [("", _("全部")), *((name, told(label)) for name, (label, _sql) in ONLY.items())]
    categories = [(str(id_), name) for id_, name in naming.category_choices()]
    filters = [
        Filter("only", _("库存状态"), tabs, "tabs", {"": known["every"], **{name: known[name] for name in ONLY}}),
        Filter("category", _("全部分类"), categories),
    ]
    if len(stores) > 1:
        names = [(str(store["id"]), store["name"]) for store in stores]
        filters.append(Filter("store", _("换一家门店"), names))
    return filters


def moves_listing(sku_id: int, store_id: int) -> Listing:
    """Every change of the SKU's stock in the store, newest first."""
    page = moves(sku_id, [store_id], request.args.get("cursor"))
    columns = [
        Column("what", _("变动"), wide=True),
        Column("quantity", _("数量"), "number"),
        Column("who", _("经手人"), phone=False),
        Column("at", _("时间"), "moment"),
    ]
    return Listing(
        columns, [_move(row) for row in page.items], next=page.next_cursor, previous=page.previous_cursor,
        empty=Empty(_("还没有库存变动"), _("入库、卖出、盘点都会记在这里"), "history"),
    )  # fmt: skip


def _move(row: Mapping[str, Any]) -> Row:
    said = " · ".join(part for part in (row["ref"], row["note"]) if part)
    sign = "+" if row["quantity"] > 0 else ""
    return Row(
        {
            "what": Cell(told(row["kind_label"]), sub=said, tone=_TONES.get(row["kind"], "muted")),
            "quantity": f"{sign}{row['quantity'].normalize():f}",
            "who": row["staff_name"] or _("系统"),
            "at": row["at"],
        }
    )
