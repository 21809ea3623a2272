"""The charts of the reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.analytics.campaigns import Campaign
from core.analytics.finance import Finance
from core.analytics.periods import shop_day
from core.analytics.sources import SourceRow
from core.clock import now
from core.ui.charts import Chart, Series
from core.ui.i18n import gettext as _
from core.ui.i18n import told

MOST, PARTS = 10, 5
Days = Sequence[Mapping[str, Any]]


def turnover(days: Days, earlier: Days) -> Chart:
    """Day by day against the period before."""
    money = [Series(_("本期"), _of(days, "turnover_fen")), Series(_("上期"), _of(earlier, "turnover_fen"), dashed=True)]
    return Chart(_("营业额"), "line", _labels(days), money, "money")


def visitors(days: Days) -> Chart:
    """Beside the orders."""
    people = [Series(_("访客人次"), _of(days, "visitors")), Series(_("订单"), _of(days, "orders"))]
    return Chart(_("访客与订单"), "bar", _labels(days), people)


def orders_by_source(found: Sequence[SourceRow]) -> Chart:
    """Orders as parts of the whole, small parts together: as many as colours can be told apart."""
    sold = sorted((row for row in found if row.orders), key=lambda row: -row.orders)
    parts = [(told(row.label), row.orders) for row in sold[:PARTS]]
    if len(sold) > PARTS:
        parts.append((_("其余来源"), sum(row.orders for row in sold[PARTS:])))
    return Chart(_("订单来源"), "pie", [name for name, _orders in parts], [Series(_("订单"), [n for _name, n in parts])])


def sources(found: Sequence[SourceRow]) -> list[Chart]:
    """Orders as parts of the whole; what each source brought."""
    sold = [row for row in found if row.orders]
    paid = [Series(_("成交额"), [row.paid_fen for row in sold])]
    return [orders_by_source(found), Chart(_("成交额"), "rows", [told(row.label) for row in sold], paid, "money")]


def products(best: Days) -> list[Chart]:
    """The first of the list."""
    labels = [_short(row["title"], row["spec"]) for row in best]
    return [Chart(_("前 10 名的实付"), "rows", labels, [Series(_("实付"), _of(best, "paid_fen"))], "money")] if best else []


def buyers(days: Days) -> list[Chart]:
    """New and returning buyers by day."""
    old = [row["buyers"] - row["new_buyers"] for row in days]
    return [
        Chart(_("每天的买家"), "bar", _labels(days), [Series(_("老客"), old), Series(_("新客"), _of(days, "new_buyers"))])
    ]


def campaigns(found: Sequence[Campaign]) -> list[Chart]:
    """Who bears the cost; what the campaigns brought."""
    best = found[:MOST]
    labels = [_short(told(one.reason or one.rule)) for one in best]
    cost = [
        Series(_("商家承担"), [one.shop_borne_fen for one in best]),
        Series(_("供应商承担"), [one.supplier_borne_fen for one in best]),
        Series(_("平台承担"), [one.platform_borne_fen for one in best]),
    ]
    return [
        Chart(_("优惠由谁承担"), "rows", labels, cost, "money"),
        Chart(_("带来的成交额"), "rows", labels, [Series(_("成交额"), [one.paid_fen for one in best])], "money"),
    ]


def finance(read: Finance) -> list[Chart]:
    """Money in and out by day; who bears the discounts."""
    labels = [_label(day.isoformat()) for day in read.days]
    lines = [
        Series(_("营业额"), [money.turnover_fen for money in read.days.values()]),
        Series(_("退款"), [money.refunded_fen for money in read.days.values()]),
    ]
    total = read.total
    borne = [total.shop_borne_fen, total.supplier_borne_fen, total.platform_borne_fen]
    who = [_("商家承担"), _("供应商承担"), _("平台承担")]
    return [
        Chart(_("营业额与退款"), "bar", labels, lines, "money"),
        Chart(_("优惠由谁承担"), "pie", who, [Series(_("优惠"), borne)], "money"),
    ]


def _labels(days: Days) -> list[str]:
    return [_label(row["key"]) for row in days]


def _label(day: str) -> str:
    """Today is called so: its figures are not yet those of a whole day."""
    return _("今天") if day == shop_day(now()).isoformat() else day[5:]


def _of(rows: Days, name: str) -> list[int]:
    return [row[name] for row in rows]


def _short(title: str, spec: str = "") -> str:
    text = f"{title} {spec or ''}".strip()
    return text if len(text) <= 14 else f"{text[:13]}…"
