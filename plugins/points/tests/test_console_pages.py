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
