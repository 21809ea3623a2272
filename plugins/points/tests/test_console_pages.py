"""Pages of the console: figures, accounts, adjustments, the gift shop, levels, and the settings' form."""

import pytest

from core.plugin import shop
from core.plugin.data import session

from .. import reading

POINTS = "/plugins/points"


def test_overview_shows_figures_and_balanced_books(points_on, grant, browser):
    points_on()
    grant(1500)
    page = browser.get(f"{POINTS}/overview").text
    assert ("试算平衡" in page, "1,500" in page, "积分规则" in page) == (True, True, True)


def test_points_are_counted_by_day(points_on, grant, tenant):
    points_on()
    grant(40)
    tenant.execute("UPDATE points_transaction SET kind = 'sign_in'")
    with tenant.bound():
        now = tenant.context().now
        days = reading.daily(session, now - reading.SOON, now)
    assert (len(days), days[-1].issued, sum(day.issued for day in days)) == (31, 40, 40)


def test_member_is_found_by_number_and_adjusted_once(points_on, grant, browser, buyer, balance, tenant):
    points_on()
    grant(100)
    assert f"{POINTS}/members/{buyer.id}" in browser.get(f"{POINTS}/members?q=M0001").text
    assert f"{POINTS}/members/{buyer.id}" not in browser.get(f"{POINTS}/members?q=M9999").text
    path = f"{POINTS}/members/{buyer.id}/adjust"
    answer = browser.post(path, points="-30", reason="<b>补偿</b>")
    page = browser.follow(answer).text
    assert ("&lt;b&gt;补偿&lt;/b&gt;" in page, "-30" in page, balance()) == (True, True, (70, 0))
    assert tenant.one("SELECT count(*) FROM audit_log WHERE action = 'points.adjust'") == 1
    log = browser.get("/audit?kind=points.").text
    assert "调整会员积分" in log and "points.adjust" not in log
    assert "积分：-30；原因：&lt;b&gt;补偿&lt;/b&gt;" in log


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"points": "-101", "reason": "x"}, "该会员只有 100 积分"), ({"points": "0", "reason": "x"}, "请填写要加或减的积分"),
     ({"points": "多", "reason": "留着"}, 'value="多"'), ({"points": "5", "reason": ""}, "field-error")],
)  # fmt: skip
def test_adjustment_that_can_not_be_is_told_on_the_form(points_on, grant, browser, buyer, balance, typed, said):
    points_on()
    grant(100)
    answer = browser.post(f"{POINTS}/members/{buyer.id}/adjust", **typed)
    assert (answer.status_code, said in answer.text, balance()) == (200, True, (100, 0))


def test_level_is_set_by_hand(points_on, grant, browser, buyer, tenant):
    points_on()
    grant(1)
    gold = tenant.one("SELECT id FROM points_level WHERE name = '金卡会员'")
    answer = browser.post(f"{POINTS}/members/{buyer.id}/level", level_id=str(gold), locked="1", reason="老顾客")
    assert "金卡会员" in browser.follow(answer).text
    assert tenant.one("SELECT level_locked FROM points_member") is True


def test_gift_is_added_by_its_code_and_changed(points_on, browser, tenant):
    points_on()
    path = f"{POINTS}/gifts/new"
    assert "没有这个商品" in browser.post(path, code="NOTHING", points="100", stock="5").text
    page = browser.follow(browser.post(path, code="MILK", points="100", stock="5", cash_fen="2", active="1")).text
    assert "100 积分 + 2.00 元" in page
    gift = tenant.one("SELECT id FROM points_gift")
    assert 'value="MILK"' in browser.get(f"{POINTS}/gifts/{gift}").text
    page = browser.follow(browser.post(f"{POINTS}/gifts/{gift}", code="MILK", points="90", stock="5")).text
    assert "已下架" in page


def test_gifts_go_on_page_by_page_with_those_off_last(points_on, browser, console, tenant):
    points_on()
    tenant.execute(
        "INSERT INTO points_gift (sku_id, points, cash_fen, stock, active, sort) SELECT s.id, n, 0, 9, n > 1, n % 2"
        " FROM sku s, generate_series(1, 23) n WHERE s.code = 'MILK'"
    )
    first = browser.get(f"{POINTS}/gifts").text
    cursor = first.partition("?cursor=")[2].partition('"')[0]
    rest = browser.get(f"{POINTS}/gifts?cursor={cursor}").text
    assert (first.count("上架中"), rest.count("上架中"), rest.count("已下架"), "下一页" in rest) == (20, 2, 1, False)
    found, query = [], {"limit": 10}
    while query.get("cursor", True):
        page = console.get("/plugins/points/gifts", query_string=query).json
        found, query = found + [item["points"] for item in page["items"]], {"limit": 10, "cursor": page["next_cursor"]}
    assert found == [*range(2, 24, 2), *range(3, 24, 2), 1]


def test_gift_that_is_not_there_and_a_ladder_that_is_long_enough(points_on, browser, tenant):
    points_on()
    assert browser.get(f"{POINTS}/gifts/999").status_code == 404
    assert browser.get(f"{POINTS}/levels/999").status_code == 404
    tenant.execute(
        "INSERT INTO points_level (name, growth, price_percent, earn_percent)"
        " SELECT 'L' || n, 100000 + n, 100, 100 FROM generate_series(1, 16) n"
    )
    page = browser.post(f"{POINTS}/levels/new", name="再多一级", growth="7")
    assert (page.status_code, "最多 20 个等级" in page.text, tenant.one("SELECT count(*) FROM points_level")) == (
        200, True, 20,
    )  # fmt: skip


def test_stock_below_what_was_redeemed_is_told_on_the_form(points_on, browser, tenant):
    points_on()
    tenant.execute(
        "INSERT INTO points_gift (sku_id, points, cash_fen, stock, active, taken, sort)"
        " SELECT id, 100, 0, 5, true, 3, 0 FROM sku WHERE code = 'MILK'"
    )
    path = f"{POINTS}/gifts/{tenant.one('SELECT id FROM points_gift')}"
    page = browser.post(path, code="MILK", points="77", stock="2").text
    assert ("库存不能少于已兑换的 3 件" in page, 'value="77"' in page) == (True, True)
    assert tenant.rows("SELECT points, stock FROM points_gift") == [(100, 5)]
    assert tenant.one("SELECT count(*) FROM audit_log WHERE action LIKE 'points.gift%'") == 0


def test_levels_are_added_changed_and_removed_on_pages(points_on, browser, tenant):
    points_on()
    level = {"name": "黑卡会员", "growth": "50000", "price_percent": "88", "earn_percent": "200"}
    assert "黑卡会员" in browser.follow(browser.post(f"{POINTS}/levels/new", **level)).text
    assert "已有等级使用这个成长值" in browser.post(f"{POINTS}/levels/new", **level).text
    path = f"{POINTS}/levels/{tenant.one('SELECT max(id) FROM points_level')}"
    assert "85%" in browser.follow(browser.post(path, **(level | {"price_percent": "85"}))).text
    assert "黑卡会员" not in browser.follow(browser.post(f"{path}/remove", page=path)).text


def test_clerk_has_no_buttons_that_would_be_refused(points_on, grant, tenant, buyer):
    points_on()
    grant(1)
    clerk = tenant.browser(tenant.add_staff("clerk"))
    page = clerk.get(f"{POINTS}/members/{buyer.id}")
    assert (page.status_code, "调整积分" in page.text) == (200, False)
    assert "积分规则" not in clerk.get(f"{POINTS}/overview").text
    assert clerk.get(f"{POINTS}/members/{buyer.id}/adjust").status_code == 403


def test_rules_are_set_in_the_plugin_center(points_on, browser, tenant):
    points_on()
    path = "/plugin-center/points"
    fields = {
        "per_yuan": "2", "moment": "paid", "expiry": "never", "spend": "1", "activity_percent": "100", "ratio": "100",
        "step": "1", "order_percent": "50", "expiry_months": "12", "grace_days": "30", "level_months": "12",
    }  # fmt: skip
    browser.follow(browser.post(path, **fields, **{"month_tasks.0.orders": "3", "month_tasks.0.points": "50"}))
    with tenant.bound():
        own = shop().settings("points")
        assert (own["per_yuan"], own["moment"], own["levels"]) == (2, "paid", False)
        assert [dict(task) for task in own["month_tasks"]] == [{"orders": 3, "points": 50}]
