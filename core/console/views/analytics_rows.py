"""The tables of the reports; amounts lead to the rows that they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import request, url_for

from core.analytics.campaigns import Campaign
from core.analytics.finance import Finance
from core.analytics.goods import SORTS
from core.analytics.sources import SourceRow
from core.console.views.plugin_rows import plugin_title
from core.console.views.spans import Span
from core.console.views.spans import days as days_of
from core.ui.formats import money, number, percent, quantity
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row

TABS = {
    "index": _l("概况"), "sources": _l("来源"), "products": _l("商品"), "repurchase": _l("复购"),
    "campaigns": _l("活动"), "finance": _l("财务"),
}  # fmt: skip
REPORT_NAMES = {
    "trend": _l("经营概况"), "sources": _l("来源分析"), "products": _l("商品销售"), "campaigns": _l("活动效果"),
    "finance": _l("财务日报"), "orders": _l("订单明细"), "refunds": _l("退款明细"),
}  # fmt: skip
BY = {
    "paid": _l("按实付"), "quantity": _l("按销量"), "orders": _l("按订单数"), "net": _l("按净销售额"),
    "refunded": _l("按退款"),
}  # fmt: skip
PROPOSERS = {"core": _l("店铺"), "staff": _l("店员改价"), "till": _l("收银机")}
"""Sources of the price ledger that are no plugins."""
NOTHING = _l("这段时间没有数据")


def tabs(span: Span) -> list[tuple[str, str, str]]:
    """(name, label, address) of every report; the period goes along if one was chosen."""
    chosen = span.args if request.args.get("period") else {}
    return [(name, str(label), address(f".{name}", chosen)) for name, label in TABS.items()]


def address(endpoint: str, *arguments: Mapping[str, str], **more: Any) -> str:
    given = {key: value for some in (*arguments, more) for key, value in some.items()}
    return url_for(endpoint, **given)


def orders_at(*arguments: Mapping[str, str], **more: Any) -> str:
    """The orders behind a figure."""
    return address("console_drilldown_pages.orders", *arguments, **more)


def exports(report: str, period: Mapping[str, str], given: Mapping[str, str]) -> list[Action]:
    """The report as files."""
    place = "console_analytics_pages.export"
    return [
        Action(label, address(place, period, given, report=report, kind=kind))
        for kind, label in (("csv", "CSV"), ("xlsx", "Excel"))
    ]


def days(found: Sequence[Mapping[str, Any]], files: Sequence[Action]) -> Listing:
    """The newest day first."""
    columns = [
        Column("day", _("日期"), wide=True), Column("turnover", _("营业额"), "money"), Column("orders", _("订单"), "number"),
        Column("visitors", _("访客人次"), "number", phone=False), Column("buyers", _("买家"), "number", phone=False),
        Column("new", _("新客"), "number", phone=False), Column("refunded", _("退款"), "money", phone=False),
    ]
    return Listing(columns, [_day(row) for row in reversed(found)], exports=files, empty=Empty(str(NOTHING)))


def _day(row: Mapping[str, Any]) -> Row:
    one = days_of(date.fromisoformat(row["key"]), date.fromisoformat(row["key"]))
    refunds = address("console_drilldown_pages.refunds", one) if row["refunded_fen"] else ""
    return Row({
        "day": row["key"], "orders": row["orders"], "visitors": row["visitors"], "buyers": row["buyers"],
        "turnover": Cell(row["turnover_fen"], href=orders_at(one) if row["orders"] else ""), "new": row["new_buyers"],
        "refunded": Cell(row["refunded_fen"], href=refunds),
    })  # fmt: skip


def sources(found: Sequence[SourceRow], touch: str, period: Mapping[str, str], files: Sequence[Action]) -> Listing:
    """Each source, and under it its scenes where there are several."""
    columns = [
        Column("source", _("来源"), wide=True), Column("orders", _("订单"), "number"),
        Column("paid", _("成交额"), "money"), Column("new", _("新客"), "number", phone=False),
        Column("visitors", _("访客人次"), "number", phone=False), Column("visits", _("访问次数"), "number", phone=False),
    ]
    rows: list[Row] = []
    for source in found:
        rows.append(_source(source, Cell(told(source.label)), orders_at(period, touch=touch, source=source.source)))
        for scene in source.scenes if len(source.scenes) > 1 else ():
            href = orders_at(period, touch=touch, scene=scene.scene)
            rows.append(_source(scene, Cell("", sub=f"└ {told(scene.label)}"), href))
    hint = _("顾客打开小程序后才会有来源；把带场景的海报贴到门店试试")
    empty = Empty(str(NOTHING), hint, "map-pin", Action(_("打印海报"), "/console/posters", "printer"))
    totals = {_("订单"): sum(s.orders for s in found), _("成交额"): money(sum(s.paid_fen for s in found))}
    return Listing(columns, rows, exports=files, totals=totals, empty=empty)


def _source(row: Any, name: Cell, href: str) -> Row:
    return Row({
        "source": name, "orders": row.orders, "paid": Cell(row.paid_fen, href=href if row.orders else ""),
        "new": row.new_buyers, "visitors": row.visitors, "visits": row.visits,
    })  # fmt: skip


def products(found: Sequence[Mapping[str, Any]], period: Mapping[str, str], files: Sequence[Action]) -> Listing:
    columns = [
        Column("title", _("商品"), wide=True), Column("quantity", _("销量"), "number"), Column("paid", _("实付"), "money"),
        Column("orders", _("订单"), "number", phone=False), Column("refunded", _("退款"), "money", phone=False),
        Column("net", _("净销售额"), "money", phone=False), Column("stock", _("可售库存"), "number", phone=False),
    ]
    choice = Filter("by", _("排序"), [("" if name == "paid" else name, str(BY[name])) for name in SORTS], "tabs")
    hint = _("换个时间段看看")
    return Listing(
        columns, [_product(row, period) for row in found], filters=[choice], exports=files,
        empty=Empty(str(NOTHING), hint, "package"),
    )


def _product(row: Mapping[str, Any], period: Mapping[str, str]) -> Row:
    sub = " · ".join(filter(None, (row["spec"], row["sku"])))
    title = Cell(row["title"], sub=sub, picture=row["picture"], href=f"/console/products/{row['product_id']}")
    return Row({
        "title": title, "quantity": f"{quantity(row['quantity'])} {row['unit']}", "orders": row["orders"],
        "paid": Cell(row["paid_fen"], href=orders_at(period, sku_id=row["sku_id"]) if row["orders"] else ""),
        "refunded": row["refunded_fen"], "net": row["net_fen"], "stock": f"{quantity(row['sellable'])} {row['unit']}",
    })  # fmt: skip


def buyers(found: Sequence[Mapping[str, Any]], files: Sequence[Action]) -> Listing:
    columns = [
        Column("day", _("日期"), wide=True), Column("buyers", _("买家"), "number"), Column("new", _("新客"), "number"),
        Column("old", _("老客"), "number"), Column("orders", _("订单"), "number", phone=False),
    ]
    rows = [
        Row({"day": row["key"], "buyers": row["buyers"], "new": row["new_buyers"],
             "old": row["buyers"] - row["new_buyers"], "orders": row["orders"]})
        for row in reversed(found)
    ]  # fmt: skip
    return Listing(columns, rows, exports=files, empty=Empty(str(NOTHING)))


def campaigns(found: Sequence[Campaign], period: Mapping[str, str], files: Sequence[Action]) -> Listing:
    columns = [
        Column("reason", _("活动"), wide=True), Column("orders", _("订单"), "number", phone=False),
        Column("buyers", _("买家"), "number", phone=False), Column("new", _("其中新客"), "number", phone=False),
        Column("conversion", _("转化"), "number", phone=False), Column("paid", _("带来成交额"), "money"),
        Column("cost", _("优惠成本"), "number"), Column("shop", _("商家承担"), "money", phone=False),
        Column("supplier", _("供应商承担"), "money", phone=False), Column("platform", _("平台承担"), "money", phone=False),
    ]
    hint = _("开启满减、优惠券、会员价等插件后，每个活动带来多少、花了多少都在这里")
    empty = Empty(_("这段时间没有优惠"), hint, "discount", Action(_("去插件中心"), "/console/plugin-center", "puzzle"))
    totals = {_("优惠成本"): money(sum(one.cost_fen for one in found))}
    if any(one.gives_only for one in found):
        totals[_("只送赠品的订单")] = str(sum(one.orders for one in found if one.gives_only))
    return Listing(columns, [_campaign(one, period) for one in found], exports=files, totals=totals, empty=empty)


def _campaign(one: Campaign, period: Mapping[str, str]) -> Row:
    href = orders_at(period, rule_source=one.source, rule=one.rule)
    share = one.conversion
    people = f"{number(share.numerator)} / {number(share.denominator)}"
    return Row({
        "reason": Cell(told(one.reason or one.rule), sub=proposer(one.source)), "orders": one.orders,
        "buyers": one.buyers, "new": one.new_buyers, "paid": one.paid_fen,
        "cost": Cell(_("只送赠品") if one.gives_only else money(one.cost_fen), href=href),
        "conversion": Cell(percent(share.numerator, share.denominator), sub=people),
        "shop": one.shop_borne_fen, "supplier": one.supplier_borne_fen, "platform": one.platform_borne_fen,
    })  # fmt: skip


def proposer(source: str) -> str:
    """Who made an order cheaper, as people call it."""
    return str(PROPOSERS[source]) if source in PROPOSERS else plugin_title(source)


def finance(read: Finance, bills: bool, files: Sequence[Action]) -> Listing:
    columns = [
        Column("day", _("日期")), Column("orders", _("订单"), "number", phone=False),
        Column("list", _("商品原价"), "money", phone=False), Column("shop", _("商家承担优惠"), "money", phone=False),
        Column("supplier", _("供应商承担"), "money", phone=False), Column("platform", _("平台承担"), "money", phone=False),
        Column("shipping", _("配送费"), "money", phone=False), Column("turnover", _("营业额"), "money"),
        Column("refunded", _("退款"), "money"), Column("net", _("净收入"), "money"),
    ]
    if bills:
        columns.append(Column("bill", _("对账"), phone=False))
    rows = [_finance(day, found, bills) for day, found in reversed(read.days.items())]
    return Listing(columns, rows, exports=files, empty=Empty(str(NOTHING)))


def _finance(day: date, found: Any, bills: bool) -> Row:
    one = days_of(day, day)
    online = bills and (found.online_turnover_fen or found.online_refunded_fen)
    refunds = address("console_drilldown_pages.refunds", one) if found.refunds else ""
    return Row({
        "day": f"{day:%m-%d}", "orders": found.orders, "list": found.list_fen, "shop": found.shop_borne_fen,
        "supplier": found.supplier_borne_fen, "platform": found.platform_borne_fen, "shipping": found.shipping_fen,
        "turnover": Cell(found.turnover_fen, href=orders_at(one) if found.orders else ""),
        "refunded": Cell(found.refunded_fen, href=refunds), "net": found.net_fen,
        "bill": Cell(_("账单"), href=url_for("console_bills_pages.show", day=day.isoformat())) if online else "",
    })  # fmt: skip
