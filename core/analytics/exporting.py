"""Reports as tables (core.web.exports): a header in Chinese and rows, read page by page while they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from core.analytics import drilldown
from core.analytics.campaigns import campaigns
from core.analytics.errors import UnknownReport
from core.analytics.finance import finance
from core.analytics.goods import products
from core.analytics.periods import Period
from core.analytics.reading import Stores, trend
from core.analytics.sources import TOUCHES, sources
from core.orders.domain import STATE_NAMES
from core.web.exports import Yuan

CHANNELS = {"online": "线上", "pos": "收银", "past": "历史线上"}
PAGE = 1_000


class Table(NamedTuple):
    """Header and rows; amounts are `Yuan`."""

    header: tuple[str, ...]
    rows: Iterable[Sequence[Any]]


Reading = Callable[..., Iterable[dict[str, Any]]]


class _Column(NamedTuple):
    title: str
    read: Callable[[dict[str, Any]], Any]


def _value(title: str, name: str) -> _Column:
    return _Column(title, lambda row: row.get(name))


def _yuan(title: str, name: str) -> _Column:
    return _Column(f"{title}（元）", lambda row: Yuan(row[name]))


def _named(title: str, name: str, names: dict[str, str]) -> _Column:
    return _Column(title, lambda row: names.get(row[name], row[name]))


def _paged(read: Callable[..., Any]) -> Reading:
    def rows(period: Period, stores: Stores, **given: Any) -> Iterator[dict[str, Any]]:
        cursor = None
        while True:
            page = read(period, stores, cursor=cursor, limit=PAGE, **given)
            yield from page.rows
            cursor = page.next_cursor
            if cursor is None:
                return

    return rows


def _scenes(period: Period, stores: Stores, touch: str = "last") -> Iterator[dict[str, Any]]:
    for source in sources(period, stores, touch):
        for scene in source.scenes:
            figures = {name: getattr(scene, name) for name in scene.__dataclass_fields__ if name != "label"}
            yield {"touch": touch, "source": source.label, "label": scene.label, **figures}


def _campaigns(period: Period, stores: Stores) -> Iterator[dict[str, Any]]:
    for found in campaigns(period, stores):
        figures = {name: getattr(found, name) for name in found.__dataclass_fields__}
        yield {**figures, "cost_fen": found.cost_fen, "visitors": found.conversion.denominator}


def _money(period: Period, stores: Stores) -> Iterator[dict[str, Any]]:
    for day, money in finance(period, stores).days.items():
        figures = {name: getattr(money, name) for name in money.__dataclass_fields__}
        yield {"day": day, **figures, "net_fen": money.net_fen}


_BORNE = (
    _yuan("商家承担优惠", "shop_borne_fen"),
    _yuan("供应商承担优惠", "supplier_borne_fen"),
    _yuan("平台承担优惠", "platform_borne_fen"),
)
_ORDER = (
    _value("订单号", "number"), _named("渠道", "channel", CHANNELS), _named("状态", "state", STATE_NAMES),
    _value("门店", "store_name"), _value("下单时间", "placed_at"), _value("付款时间", "paid_at"),
    _yuan("商品原价", "list_fen"), _yuan("商品金额", "goods_fen"), _yuan("配送费", "shipping_fen"),
    _yuan("实付", "paid_fen"), _yuan("已退", "refunded_fen"),
)  # fmt: skip

_REPORTS: dict[str, tuple[Reading, tuple[_Column, ...]]] = {
    "trend": (
        trend,
        (
            _value("时间", "key"), _yuan("营业额", "turnover_fen"), _value("订单数", "orders"),
            _yuan("退款", "refunded_fen"), _value("访客人次", "visitors"), _value("买家数", "buyers"),
            _value("新客数", "new_buyers"),
        ),
    ),
    "sources": (
        _scenes,
        (
            _named("口径", "touch", TOUCHES), _value("来源", "source"), _value("场景", "label"),
            _value("场景值", "scene"), _value("访问次数", "visits"), _value("访客人次", "visitors"),
            _value("订单数", "orders"), _yuan("成交额", "paid_fen"), _value("新客数", "new_buyers"),
        ),
    ),
    "products": (
        _paged(products),
        (
            _value("商品编码", "sku"), _value("商品", "title"), _value("规格", "spec"), _value("单位", "unit"),
            _value("订单数", "orders"), _value("销量", "quantity"), _value("净销量", "net_quantity"),
            _yuan("原价金额", "list_fen"), _yuan("实付", "paid_fen"), _value("退货数量", "refunded_quantity"),
            _yuan("退款", "refunded_fen"), _yuan("净销售额", "net_fen"),
        ),
    ),
    "campaigns": (
        _campaigns,
        (
            _value("活动", "reason"), _value("来源", "source"), _value("规则", "rule"), _value("订单数", "orders"),
            _value("买家数", "buyers"), _value("新客数", "new_buyers"), _value("访客人次", "visitors"),
            _yuan("带来成交额", "paid_fen"), _yuan("优惠成本", "cost_fen"), *_BORNE,
        ),
    ),
    "finance": (
        _money,
        (
            _value("日期", "day"), _value("订单数", "orders"), _yuan("商品原价", "list_fen"), *_BORNE,
            _yuan("商品金额", "goods_fen"), _yuan("配送费", "shipping_fen"), _yuan("营业额", "turnover_fen"),
            _value("退款笔数", "refunds"), _yuan("退款", "refunded_fen"), _yuan("净收入", "net_fen"),
            _yuan("微信收款", "online_turnover_fen"), _yuan("微信退款", "online_refunded_fen"),
        ),
    ),
    "orders": (_paged(drilldown.orders_of), _ORDER),
    "refunds": (
        _paged(drilldown.refunds_of),
        (
            _value("退款单号", "refund_number"), _value("订单号", "number"), _named("渠道", "channel", CHANNELS),
            _value("门店", "store_name"), _value("退款时间", "done_at"), _yuan("退款", "refunded_fen"),
            _yuan("其中配送费", "shipping_fen"), _value("原因", "reason"),
        ),
    ),
}  # fmt: skip
REPORTS = tuple(_REPORTS)


def export_rows(report: str, period: Period, stores: Stores, **filters: Any) -> Table:
    """The report (one of REPORTS) as a table; `filters` are those of its reading (`touch`, `sort`, `channel`, `sku_id`…).

    Rows are read while they are taken. Raises UnknownReport.
    """
    if report not in _REPORTS:
        raise UnknownReport(field="report")
    reading, columns = _REPORTS[report]
    rows = reading(period, stores, **filters)
    return Table(tuple(c.title for c in columns), ([c.read(row) for c in columns] for row in rows))
