"""The orders and refunds behind a figure, and the words that say which they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from core.analytics.campaigns import reason_of
from core.analytics.drilldown import Touched
from core.analytics.goods import SORTS
from core.analytics.periods import Period
from core.analytics.scenes import SOURCES, source_of
from core.analytics.sources import TOUCHES
from core.analytics.sources import sources as read_sources
from core.analytics.sums import Asked
from core.console.views.order_rows import TONES
from core.console.views.spans import Span
from core.orders.domain import STATE_NAMES
from core.orders.words import CHANNELS
from core.ui.formats import money, number, quantity
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row

_LARGEST = 2**63

BUYERS = {
    "bought": _l("这段时间买过的顾客"),
    "repeat": _l("这段时间买了两次及以上的顾客"),
    "earlier": _l("上一段时间买过的顾客"),
    "again": _l("上一段时间买过、这段时间又来买的顾客"),
}


def asked(span: Span) -> Asked:
    """The filters in the address; what can't be is no filter."""
    given = request.args
    sku = given.get("sku_id", "")
    if sku.isascii() and sku.isdigit() and int(sku) < _LARGEST:
        return Asked(sku_id=int(sku))
    if given.get("rule") and given.get("rule_source"):
        return Asked(rule=(given["rule_source"], given["rule"]))
    if given.get("touch") in TOUCHES:
        return Asked(source=Touched(given["touch"], _scenes(span)))
    return Asked(given.get("channel") if given.get("channel") in CHANNELS else None)


def _scenes(span: Span) -> tuple[str, ...]:
    """The scene of the address, or all those of the source of the address that the period knows."""
    if "source" not in request.args:
        return (request.args.get("scene", ""),)
    found = read_sources(span.period, span.stores, request.args["touch"])
    return tuple(scene.scene for row in found if row.source == request.args["source"] for scene in row.scenes)


def filters(report: str, span: Span) -> dict[str, Any]:
    """What a report is narrowed by when it is exported."""
    if report == "sources":
        return {"touch": request.args.get("touch") if request.args.get("touch") in TOUCHES else "last"}
    if report == "products":
        return {"sort": request.args.get("sort") if request.args.get("sort") in SORTS else "paid"}
    if report != "orders":
        return {}
    found = asked(span)
    return {"channel": found.channel, "sku_id": found.sku_id, "rule": found.rule, "source": found.source}


def described(found: Asked, period: Period) -> str:
    """Which orders these are."""
    if found.sku_id is not None:
        return _("买了这个商品的订单")
    if found.rule is not None:
        return _("享受“%(rule)s”优惠的订单", rule=told(reason_of(period, *found.rule)))
    if found.source is None:
        return _("这段时间付款的订单")
    name = request.args.get("source") or source_of(request.args.get("scene", ""))
    touch, label = told(TOUCHES[found.source.touch]), told(SOURCES.get(name, name))
    return _("%(touch)s是“%(source)s”的订单", touch=touch, source=label)


def orders(found: Asked, rows: Sequence[Mapping[str, Any]], files: Sequence[Action]) -> Listing:
    narrow = found.sku_id is not None or found.rule is not None
    columns = [
        Column("number", _("订单"), wide=True), Column("store", _("门店"), phone=False),
        Column("state", _("状态"), phone=not narrow), Column("paid_at", _("付款时间"), "moment", phone=False),
    ]
    if found.sku_id is not None:
        columns += [Column("quantity", _("数量")), Column("part", _("这个商品的实付"), "money")]
    if found.rule is not None:
        columns.append(Column("discount", _("优惠"), "money"))
    columns += [
        Column("paid", _("整单实付"), "money", phone=not narrow), Column("refunded", _("已退"), "money", phone=False),
    ]
    choice = Filter("channel", _("全部渠道"), [(name, told(label)) for name, label in CHANNELS.items()])
    empty = Empty(_("没有符合条件的订单"), _("换个时间段或门店看看"), "receipt")
    choices = [] if narrow or found.source is not None else [choice]
    return Listing(columns, [_order(row) for row in rows], filters=choices, exports=files, empty=empty)


def _order(row: Mapping[str, Any]) -> Row:
    cells = {
        "number": Cell(row["number"], sub=told(CHANNELS[row["channel"]])), "store": row["store_name"],
        "state": Cell(told(STATE_NAMES[row["state"]]), tone=TONES[row["state"]]), "paid_at": row["paid_at"],
        "paid": row["paid_fen"],
        "refunded": row["refunded_fen"] or "", "part": int(row.get("sku_paid_fen", 0)),
        "discount": int(row.get("discount_fen", 0)), "quantity": quantity(row.get("quantity")),
    }
    return Row(cells, href=f"/console/orders/{row['number']}")


def refunds(rows: Sequence[Mapping[str, Any]], files: Sequence[Action]) -> Listing:
    columns = [
        Column("number", _("订单"), wide=True), Column("store", _("门店"), phone=False),
        Column("done_at", _("到账时间"), "moment", phone=False), Column("reason", _("原因"), phone=False),
        Column("shipping", _("其中配送费"), "money", phone=False), Column("refunded", _("退款"), "money"),
    ]
    return Listing(
        columns, [_refund(row) for row in rows], exports=files,
        empty=Empty(_("这段时间没有退款"), icon="circle-check"),
    )


def _refund(row: Mapping[str, Any]) -> Row:
    cells = {
        "number": Cell(row["number"], sub=_("退款单 %(number)s", number=row["refund_number"])), "store": row["store_name"],
        "done_at": row["done_at"],
        "reason": row["reason"], "shipping": row["shipping_fen"] or "", "refunded": row["refunded_fen"],
    }
    return Row(cells, href=f"/console/orders/{row['number']}")


def buyers(rows: Sequence[Mapping[str, Any]]) -> Listing:
    columns = [
        Column("name", _("顾客"), wide=True), Column("now", _("这段时间的订单"), "number"),
        Column("before", _("上一段时间的订单"), "number", phone=False), Column("paid", _("这段时间实付"), "money"),
    ]
    return Listing(columns, [_buyer(row) for row in rows], empty=Empty(_("没有这样的顾客"), _("换个时间段看看"), "users"))


def _buyer(row: Mapping[str, Any]) -> Row:
    title = row["name"] or row["member_no"] or _("顾客 %(id)s", id=row["id"])
    name = Cell(title, sub=row["member_no"] if row["name"] else "")
    cells = {"name": name, "now": row["now"], "before": row["before"], "paid": row["paid_fen"]}
    return Row(cells, href=f"/console/members/{row['id']}")


def totals(label: str, count: int, amount_fen: int) -> dict[str, str]:
    return {label: number(count), _("金额合计"): money(amount_fen)}
