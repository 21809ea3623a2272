"""Reports as pages: figures worked out by hand, the rows behind them, files, whose stores."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from sqlalchemy import text

from core.analytics import exporting, visits
from core.clock import travel
from core.console.views.analytics_rows import REPORT_NAMES
from core.db import db
from tests.core.analytics.selling import keep_up, refund, ring_up, sale
from tests.core.analytics.test_reading import give_bags
from tests.core.console_http.acting import another_store, order, staff_token
from tests.core.console_pages.visitor import Visitor
from tests.core.shops import make_buyer

WEEK = "period=custom&from=2017-01-09&to=2017-01-15"
PAGES = (
    "/console/", "/console/analytics", "/console/analytics/sources", "/console/analytics/products",
    "/console/analytics/repurchase", "/console/analytics/campaigns", "/console/analytics/finance",
    "/console/analytics/orders", "/console/analytics/refunds", "/console/analytics/buyers", "/console/bills",
    "/console/attention",
)  # fmt: skip


def words(page: str) -> str:
    """What is read on a page, in one line."""
    main = page[page.index("<main"):]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


@pytest.fixture
def sold(shop):
    """The week before: A buys. The week: A once here and once in store 2, B once; one order of now gave back 12.80."""
    other = another_store(shop)
    with shop.bound():
        for name in "AB":
            make_buyer(shop, member=True, name=name)
        db.session.commit()
    refund(shop, order(shop, ("MILK", "3")), (1, "1"), at="2017-01-10T10:00:00+08:00")
    ring_up(
        shop,
        sale("W1", [("MILK", 1, 1000)], "2017-01-02T08:00:00+08:00", member_no="MA"),
        sale("W2", [("RICE", 1, 3300, 300)], "2017-01-09T00:00:00+08:00", member_no="MA"),
        sale("W3", [("MILK", 2, 2000)], "2017-01-09T09:00:00+08:00", member_no="MB"),
        sale("W4", [("PORK", 1, 2000, 0, 500, 200)], "2017-01-10T09:00:00+08:00", member_no="MA", store_code="XT02"),
    )
    keep_up(shop)
    return other


def test_overview_shows_the_figures_of_the_period_against_the_one_before(visitor, sold):
    shown = words(visitor.get(f"/console/analytics?{WEEK}"))
    assert "全部门店 · 2017-01-09 至 2017-01-15" in shown
    assert "营业额 ¥65.00 +550.0% 较上期 支付订单 3 +200.0% 较上期 客单价 ¥21.67" in shown
    assert "退款 ¥12.80 上期没有数据" in shown
    assert "买家数 2 +100.0% 较上期 新客数 1 与上期持平 净收入 ¥52.20" in shown
    assert "2017-01-09 ¥50.00 2 0 2 1 ¥0.00" in shown
    assert "2017-01-10 ¥15.00 1 0 1 0 ¥12.80" in shown


def test_rows_of_a_day_sum_to_its_figure(visitor, sold):
    page = visitor.get(f"/console/analytics?{WEEK}")
    day = re.search(r'href="([^"]+)">¥50.00', page)[1].replace("&amp;", "&")
    assert "订单 2 实付（明细合计） ¥50.00 实付（报表上的数） ¥50.00 核对 明细与报表一致" in words(visitor.get(day))
    assert "订单合计 2 金额合计 ¥50.00" in words(visitor.get(day))


def test_orders_with_a_gift_have_a_figure_of_their_own(visitor, shop):
    give_bags(shop)
    shown = words(visitor.get(f"/console/analytics/campaigns?{WEEK}"))
    assert "满 10 元送购物袋 bags 1 0 0 – 0 / 0 ¥10.00 只送赠品 ¥0.00" in shown
    assert "优惠成本 ¥0.00 只送赠品的订单 1" in shown
    rows = words(visitor.get(f"/console/analytics/orders?{WEEK}&rule_source=bags&rule=bag"))
    assert "享受“满 10 元送购物袋”优惠的订单" in rows


def test_proposers_are_called_by_their_names(visitor, sold):
    shown = words(visitor.get(f"/console/analytics/campaigns?{WEEK}"))
    assert "会员优惠 收银机 1" in shown
    assert "pos.member" not in shown


@pytest.mark.parametrize(
    ("report", "amount", "count", "name"),
    [
        ("products", "¥20.00", "订单 1", "这个商品的实付"),
        ("campaigns", "¥3.00", "订单 1", "这个活动的优惠"),
        ("sources", "¥65.00", "订单 3", "实付"),
        ("finance", "¥15.00", "订单 1", "实付"),
        ("finance", "¥12.80", "退款笔数 1", "退款"),
    ],
)
def test_amount_of_a_report_leads_to_rows_with_the_same_sum(visitor, sold, report, amount, count, name):
    page = visitor.get(f"/console/analytics/{report}?{WEEK}")
    links = re.findall(rf'<td[^>]*><a href="([^"]+)">{amount}</a>', page)
    assert len(links) == 1
    shown = f"{count} {name}（明细合计） {amount} {name}（报表上的数） {amount} 核对 明细与报表一致"
    assert shown in words(visitor.get(unescape(links[0])))


def test_figures_that_still_wait_are_told_apart_from_errors(visitor, sold, shop):
    ring_up(shop, sale("W9", [("MILK", 1, 1000)], "2017-01-11T09:00:00+08:00"))
    shown = words(visitor.get(f"/console/analytics/orders?{WEEK}"))
    assert "（明细合计） ¥75.00 实付（报表上的数） ¥65.00 核对 有刚发生的还在计入" in shown


def test_finance_shows_who_bears_the_discounts_and_the_net(visitor, sold):
    shown = words(visitor.get(f"/console/analytics/finance?{WEEK}"))
    assert "营业额 ¥65.00 顾客实付，含配送费 退款 ¥12.80 1 笔，按到账日 净收入 ¥52.20" in shown
    assert "商家承担优惠 ¥5.00 自己让的利 供应商承担优惠 ¥3.00" in shown
    assert "01-10 1 ¥20.00 ¥2.00 ¥3.00 ¥0.00 ¥0.00 ¥15.00 ¥12.80 ¥2.20" in shown


def test_repurchase_explains_both_rates_and_names_the_people(visitor, sold):
    page = visitor.get(f"/console/analytics/repurchase?{WEEK}")
    shown = words(page)
    assert "复购率 50.0% 这段时间买过的顾客里，有多少人买了两次或更多。" in shown
    assert "买了两次及以上的顾客（分子） 1 买过的顾客（分母） 2" in shown
    assert "回购率 100.0%" in shown
    assert "上一段时间（2017-01-02 至 2017-01-08）买过的顾客（分母） 1" in shown
    people = words(visitor.get(f"/console/analytics/buyers?kind=repeat&{WEEK}"))
    assert "1 位，与复购页上的人数相同。" in people
    assert "MA 2 1 ¥45.00" in people


def test_sources_by_both_touches(visitor, shop):
    with shop.bound(), travel(-3 * 3600):
        visits.record("visitor-0123456789", "1047", shop.store_id, shop.buyer_id)
        db.session.commit()
    order(shop, ("MILK", "2"))
    keep_up(shop)
    for touch in ("last", "first"):
        page = visitor.get(f"/console/analytics/sources?period=7d&touch={touch}")
        assert "扫码 1 ¥25.60 1 1 1" in words(page)
        link = unescape(re.search(r'<td[^>]*><a href="([^"]+)">¥25.60</a>', page)[1])
        assert "核对 明细与报表一致" in words(visitor.get(link))


def test_staff_of_a_store_sees_its_figures_only(shop, sold):
    manager = Visitor(shop, staff_token(shop, "manager", stores=(sold,)))
    assert "营业额 ¥15.00" in words(manager.get(f"/console/analytics?{WEEK}"))
    assert "订单合计 1 金额合计 ¥15.00" in words(manager.get(f"/console/analytics/orders?{WEEK}"))
    page = words(manager.get(f"/console/analytics/products?{WEEK}"))
    assert ("五花肉" in page, "纯牛奶" in page) == (True, False)
    assert manager.open("/console/bills").status_code == 403


def test_chosen_store_narrows_every_report(visitor, shop, sold):
    visitor.open(f"/console/store?id={sold}&next=/console/")
    shown = words(visitor.get(f"/console/analytics/finance?{WEEK}"))
    assert "桥西店 · 2017-01-09 至 2017-01-15" in shown
    assert "营业额 ¥15.00" in shown
    exported = visitor.open(f"/console/analytics/export/orders.csv?{WEEK}")
    assert len(list(csv.reader(io.StringIO(exported.data.decode("utf-8-sig"))))) == 2


def test_what_was_typed_is_text_on_pages_and_in_files(visitor, shop, sold):
    with shop.bound():
        title = """=HYPERLINK("http://x")<script>alert(1)</script>"""
        db.session.execute(text("UPDATE product SET title = :title WHERE title = '纯牛奶'"), {"title": title})
        db.session.commit()
    page = visitor.get(f"/console/analytics/products?{WEEK}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    answer = visitor.open(f"/console/analytics/export/products.csv?{WEEK}")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[1][:11] for row in rows if "HYPERLINK" in row[1]] == ["'=HYPERLINK"]


@pytest.mark.parametrize("report", exporting.REPORTS)
def test_every_report_is_a_file(visitor, sold, report):
    assert report in REPORT_NAMES
    for kind in ("csv", "xlsx"):
        answer = visitor.open(f"/console/analytics/export/{report}.{kind}?{WEEK}")
        assert (answer.status_code, "attachment" in answer.headers["Content-Disposition"]) == (200, True)


def test_staff_without_the_permissions_is_kept_out(shop):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    for path in ("", "/finance", "/orders", "/refunds", "/buyers", "/export/orders.csv"):
        assert clerk.open(f"/console/analytics{path}").status_code == 403
    token = staff_token(shop, "manager", name="无导出")
    with shop.bound():
        change = "UPDATE staff SET permissions_removed = ARRAY['analytics.export'] WHERE name = '无导出'"
        db.session.execute(text(change))
        db.session.commit()
    manager = Visitor(shop, token)
    assert "导出" not in words(manager.get("/console/analytics/finance"))
    assert manager.open("/console/analytics/export/finance.csv").status_code == 403


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("period=custom&from=2017-01-09&to=2017-01-02", "结束日期不能早于开始日期"),
        ("period=custom&from=x&to=", "请选择开始和结束日期"),
        ("period=custom&from=2015-01-01&to=2017-01-02", "时间段最长 366 天，现为 733 天"),
        ("period=century", "没有“century”这样的时间段"),
    ],
)
def test_period_that_cannot_be_is_named_and_another_shown(visitor, query, message):
    assert message in words(visitor.get(f"/console/analytics?{query}"))


def test_addresses_made_up_are_no_errors(visitor):
    for query in ("sku_id=99999999999999999999", "sku_id=x", "touch=never", "touch=last&source=nowhere", "rule=x",
                  "channel=moon", "rule=%25s&rule_source=%25d"):  # fmt: skip
        visitor.get(f"/console/analytics/orders?{query}")
    assert visitor.open("/console/analytics/orders?cursor=zzz").status_code == 422


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_with_few_statements(visitor, sold, language):
    visitor.client.set_cookie("jishi-lang", language, domain=visitor.host)
    taken = {}
    for path in PAGES:
        visitor.get(f"{path}?period=30d")
        taken[path] = len(visitor.statements)
    assert {path: count for path, count in taken.items() if count > 15} == {}
