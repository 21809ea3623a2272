"""From figures to rows and into files."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from openpyxl import load_workbook

from core.analytics import campaigns, finance, goods
from core.analytics.drilldown import Touched, orders_of, refunds_of
from core.analytics.errors import UnknownReport
from core.analytics.exporting import REPORTS, export_rows
from core.analytics.periods import Period
from core.analytics.sources import sources
from core.errors import Invalid
from core.web.exports import Yuan, csv_response, plain, xlsx_response
from tests.core.analytics.selling import JANUARY, keep_up, refund, ring_up, today
from tests.core.analytics.test_rollups import member, random_sales
from tests.core.console_http.acting import another_store, order


@pytest.fixture
def busy(shop):
    other = another_store(shop)
    member(shop, "1")
    ring_up(shop, *random_sales(40, ["M1"]))
    refund(shop, order(shop, ("MILK", "3")), (1, "1"), at="2017-01-03T10:00:00+08:00")
    refund(shop, order(shop, ("RICE", "3")), (1, "2"), at="2017-01-03T10:00:00+08:00")
    keep_up(shop)
    with shop.bound():
        yield other


def whole(read, *args, **filters):
    rows, cursor = [], None
    while True:
        page = read(*args, cursor=cursor, limit=7, **filters)
        rows, cursor = rows + page.rows, page.next_cursor
        if cursor is None:
            return rows


def total(rows, name):
    return sum(row[name] for row in rows)


def test_orders_of_a_period_and_channel_sum_to_the_figure(busy):
    rows = whole(orders_of, JANUARY, None)
    found = finance.figures(JANUARY, None)
    assert (len(rows), total(rows, "paid_fen")) == (40, found["paid_fen"])
    assert len({row["id"] for row in rows}) == 40
    assert [row["paid_at"] for row in rows] == sorted((row["paid_at"] for row in rows), reverse=True)
    for channel in ("pos", "past"):
        assert len(whole(orders_of, JANUARY, None, channel=channel)) == found["orders_by_channel"][channel]


def test_orders_of_a_store_sum_to_its_figure(busy):
    rows = whole(orders_of, JANUARY, [busy])
    assert {row["store_id"] for row in rows} == {busy}
    assert total(rows, "paid_fen") == finance.finance(JANUARY, [busy]).total.turnover_fen


def test_orders_of_every_sku_sum_to_its_sales(busy):
    for product in goods.products(JANUARY, None).rows:
        rows = whole(orders_of, JANUARY, None, sku_id=product["sku_id"])
        assert (len(rows), total(rows, "quantity"), total(rows, "sku_paid_fen"), total(rows, "sku_list_fen")) == (
            product["orders"], product["quantity"], product["paid_fen"], product["list_fen"],
        )  # fmt: skip


def test_orders_of_every_rule_sum_to_its_cost(busy):
    found = campaigns.campaigns(JANUARY, None)
    assert {campaign.rule for campaign in found} == {"pos.member", "pos.coupon"}
    for campaign in found:
        rows = whole(orders_of, JANUARY, None, rule=(campaign.source, campaign.rule))
        assert (len(rows), total(rows, "discount_fen"), total(rows, "paid_fen")) == (
            campaign.orders, campaign.cost_fen, campaign.paid_fen,
        )  # fmt: skip


def test_costs_of_rules_are_the_discounts_of_the_books(busy):
    cost = sum(campaign.cost_fen for campaign in campaigns.campaigns(JANUARY, None))
    assert cost == finance.finance(JANUARY, None).total.discount_fen


def test_orders_of_a_source_sum_to_it(busy):
    (found,) = sources(JANUARY, None, "first")
    rows = whole(orders_of, JANUARY, None, source=Touched("first", ("",)))
    assert (len(rows), total(rows, "paid_fen")) == (found.orders, found.paid_fen)
    assert whole(orders_of, JANUARY, None, source=Touched("last", ("1047",))) == []


def test_refunds_of_a_day_sum_to_its_figure(busy):
    day = Period(date(2017, 1, 3), date(2017, 1, 3))
    rows = refunds_of(day, None).rows
    assert (len(rows), total(rows, "refunded_fen")) == (2, 1280 + 6600)
    assert finance.finance(day, None).total.refunded_fen == 7880
    assert refunds_of(today(), None).rows == []


def test_cursor_of_another_list_is_refused(busy):
    for cursor in ("x", goods.products(JANUARY, None, limit=1).next_cursor):
        with pytest.raises(Invalid):
            orders_of(JANUARY, None, cursor=cursor)


@pytest.mark.parametrize("report", REPORTS)
def test_export_of_every_report_has_a_cell_per_column(busy, report):
    table = export_rows(report, JANUARY, None)
    rows = list(table.rows)
    assert rows
    assert {len(row) for row in rows} == {len(table.header)}


def test_export_of_orders_adds_up_in_yuan(busy):
    table = export_rows("orders", JANUARY, None)
    column = table.header.index("实付（元）")
    assert sum(row[column] for row in table.rows) == finance.figures(JANUARY, None)["paid_fen"]


def test_export_of_an_unknown_report_is_refused(busy):
    with pytest.raises(UnknownReport):
        export_rows("x", JANUARY, None)


NASTY = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0")


@pytest.mark.parametrize("value", NASTY)
def test_text_that_looks_like_a_formula_is_text_in_csv_and_xlsx(value):
    rows = list(csv.reader(io.StringIO(csv_response("x", ["列"], [[value]]).get_data().decode("utf-8-sig"), newline="")))
    assert rows == [["列"], [f"'{value}"]]
    cell = load_workbook(io.BytesIO(xlsx_response("x", ["列"], [[value]]).get_data())).active["A2"]
    assert (cell.data_type, cell.value) == ("s", f"'{value}".replace("\r", "\n"))


def test_header_that_looks_like_a_formula_is_text():
    assert csv_response("x", ["=1"], []).get_data().decode("utf-8-sig") == "'=1\r\n"


@pytest.mark.parametrize(
    ("fen", "shown"),
    [(0, "0.00"), (5, "0.05"), (1280, "12.80"), (-5, "-0.05"), (-1280, "-12.80"), (10**14 + 1, "1000000000000.01")],
)
def test_amounts_have_two_decimals(fen, shown):
    assert plain(Yuan(fen)) == shown


def test_csv_has_a_mark_for_excel_and_stays_within_its_limit():
    answer = csv_response("销售-2017", ["甲", "乙"], ([n, Yuan(-n)] for n in range(1, 10)), limit=2)
    assert answer.get_data() == "\ufeff甲,乙\r\n1,-0.01\r\n2,-0.02\r\n".encode()
    assert answer.headers["Content-Disposition"].endswith("filename*=UTF-8''%E9%94%80%E5%94%AE-2017.csv")


def test_xlsx_has_numbers_as_numbers():
    answer = xlsx_response("x", ["甲", "乙"], [[3, Yuan(1280)], ["a\x00b", "x"]])
    sheet = load_workbook(io.BytesIO(answer.get_data())).active
    assert [[cell.value for cell in row] for row in sheet] == [["甲", "乙"], [3, 12.8], ["ab", "x"]]
    assert sheet["B2"].number_format == "0.00"
