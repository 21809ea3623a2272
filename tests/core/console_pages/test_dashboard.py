"""The first page: the day against the day before, what waits, and the work of who has no reports."""

from __future__ import annotations

from sqlalchemy import text

from core.analytics.sources import SourceRow
from core.clock import now, shop_time, travel
from core.console.views.analytics_charts import orders_by_source
from core.db import db
from tests.core.analytics.selling import keep_up, ring_up, sale
from tests.core.console_http.acting import another_store, order, staff_token
from tests.core.console_pages.test_analytics import words
from tests.core.console_pages.visitor import Visitor


def test_new_shop_is_led_to_the_checklist(visitor):
    shown = words(visitor.get("/console/"))
    assert "打开开店清单" in shown
    assert "营业额 ¥0.00 昨天同时段没有数据" in shown
    assert "这段时间还没有卖出商品" in shown


def test_day_is_shown_with_what_waits_and_what_sold(visitor, shop):
    order(shop, ("MILK", "2"))
    order(shop, ("RICE", "1"))
    keep_up(shop)
    page = visitor.get("/console/")
    shown = words(page)
    assert "营业额 ¥58.60 昨天同时段没有数据 支付订单 2 昨天同时段没有数据" in shown
    assert "待备货 2 去备货 待发货 0 去发货" in shown
    assert "东北大米 RICE 1 袋 ¥33.00 99" in shown
    assert "纯牛奶 MILK 2 盒 ¥25.60 98" in shown
    assert "2 个订单等待备货" in shown
    assert "数据统计至" in shown
    assert "打开开店清单" not in shown
    assert len(visitor.statements) <= 15


def test_hours_to_come_have_no_figure(visitor, shop):
    order(shop)
    keep_up(shop)
    page = visitor.get("/console/")
    hour = shop_time(now()).hour
    assert page.count("null") == 23 - hour


def test_longer_period_compares_with_as_many_days_before(visitor, shop):
    moment = now().isoformat()
    ring_up(shop, sale("A", [("MILK", 1, 1000)], moment))
    keep_up(shop)
    shown = words(visitor.get("/console/?period=7d"))
    assert "营业额 ¥10.00 上期同时段没有数据" in shown
    with shop.bound():
        db.session.execute(text("UPDATE rollup_day SET day = day - 8"))
        db.session.commit()
    assert "营业额 ¥0.00 -100.0% 较上期同时段" in words(visitor.get("/console/?period=7d"))


def test_today_compares_with_yesterday_up_to_now(visitor, shop):
    with travel(-86_410):
        earlier = now().isoformat()
    ring_up(
        shop, sale("A", [("MILK", 1, 1000)], earlier), sale("B", [("MILK", 3, 3000)], now().isoformat())
    )
    keep_up(shop)
    shown = words(visitor.get("/console/"))
    assert "营业额 ¥30.00 +200.0% 较昨天同时段 支付订单 1 与昨天同时段持平" in shown
    assert len(visitor.statements) <= 15


def test_clerk_sees_the_work(shop):
    number = order(shop, ("MILK", "2"))
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    shown = words(clerk.get("/console/"))
    assert "扫码核销" in shown
    assert "待备货 1 去备货 待提货 0 等顾客来取 待发货 0 去发货" in shown
    assert f"{number} 纯牛奶 中兴店" in shown
    assert "营业额" not in shown
    assert len(clerk.statements) <= 15


def test_clerk_of_another_store_sees_no_work_of_this_one(shop):
    number = order(shop)
    clerk = Visitor(shop, staff_token(shop, "clerk", stores=(another_store(shop),)))
    page = clerk.get("/console/")
    assert (number in page, "待备货 0" in words(page)) == (False, True)


def test_titles_are_text(visitor, shop):
    with shop.bound():
        db.session.execute(text("UPDATE product SET title = '<script>alert(1)</script>'"))
        db.session.commit()
    order(shop)
    keep_up(shop)
    assert "<script>alert" not in visitor.get("/console/")


def test_small_sources_are_one_part_of_the_whole():
    found = [SourceRow(name, name, orders=orders) for name, orders in zip("abcdefg", (1, 7, 6, 5, 4, 3, 2), strict=True)]
    chart = orders_by_source([*found, SourceRow("nobody", "nobody")])
    assert chart.labels == ["b", "c", "d", "e", "f", "其余来源"]
    assert [one.values for one in chart.series] == [[7, 6, 5, 4, 3, 3]]


def test_rates_of_a_running_period_are_said_to_change(visitor):
    said = "这段时间还没有结束，两个比率还会变。"
    running, over = "/console/analytics/repurchase", "?period=custom&from=2017-01-09&to=2017-01-15"
    assert [said in words(visitor.get(path)) for path in (running, running + over)] == [True, False]


def test_single_day_is_shown_by_the_hour(visitor, shop):
    order(shop)
    keep_up(shop)
    page = visitor.get("/console/analytics?period=today")
    assert page.count("null") == 23 - shop_time(now()).hour
    assert "现在" in page
