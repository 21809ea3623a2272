"""成长值 and levels: promoted at once, degraded at the review, never when locked."""

import pytest

LADDER = "UPDATE points_level SET growth = :growth, price_percent = :price WHERE name = :name"
DAY = 86_400


@pytest.fixture
def ladder(tenant):
    """银卡 from 50 on at 95 %, 金卡 from 100 on at 90 %."""

    def make() -> None:
        tenant.execute(LADDER, growth=50, price=95, name="银卡会员")
        tenant.execute(LADDER, growth=100, price=90, name="金卡会员")

    return make


@pytest.fixture
def level(tenant, buyer):
    query = (
        "SELECT l.name FROM points_member m LEFT JOIN points_level l ON l.id = m.level_id WHERE m.buyer_id = :buyer"
    )
    return lambda: tenant.one(query, buyer=buyer.id)


def test_shop_begins_with_four_levels_that_change_nothing(points_on, tenant):
    points_on()
    assert tenant.rows("SELECT name, growth, price_percent, earn_percent FROM points_level ORDER BY growth") == [
        ("普通会员", 0, 100, 100), ("银卡会员", 1000, 100, 100), ("金卡会员", 5000, 100, 100), ("钻石会员", 20000, 100, 100),
    ]  # fmt: skip


def test_growth_promotes_at_once(points_on, ladder, till_sale, buyer, run_events, level):
    points_on()
    ladder()
    found = []
    for goods in ({"RICE": 1}, {"RICE": 1}, {"RICE": 2}):
        till_sale(goods, buyer)
        run_events()
        found.append(level())
    assert found == ["普通会员", "银卡会员", "金卡会员"]


def test_level_price_competes_and_is_written_to_the_ledger(points_on, ladder, till_sale, buyer, run_events, quote):
    points_on()
    ladder()
    till_sale({"RICE": 2}, buyer)
    run_events()
    quoted = quote({"MILK": 2, "PORK": "1.236"})
    assert [line["amount_fen"] for line in quoted["lines"]] == [2432, 2325]
    (step,) = [step for step in quoted["steps"] if step["lane"] == "unit_price"]
    assert step["reason"] == "银卡会员会员价"


def test_levels_off_means_list_price_and_no_multiplier(points_on, ladder, till_sale, buyer, run_events, quote):
    points_on(levels=False)
    ladder()
    till_sale({"RICE": 2}, buyer)
    run_events()
    assert quote({"MILK": 2})["payable_fen"] == 2560


def test_refund_takes_growth_back_but_the_level_stays_until_the_review(
    points_on, ladder, place_order, pay, refund, run_events, run_jobs, travel, level, tenant
):
    points_on(moment="paid", level_months=1)
    ladder()
    order = place_order({"RICE": 2})
    pay(order)
    run_events()
    refund(order)
    run_events()
    assert (level(), tenant.one("SELECT growth FROM points_member")) == ("银卡会员", 0)
    assert tenant.rows("SELECT kind, growth FROM points_growth ORDER BY id") == [("order", 66), ("refund", -66)]
    travel(33 * DAY)
    run_jobs()
    assert level() == "普通会员"


def test_review_counts_the_period_only(points_on, ladder, till_sale, buyer, run_events, run_jobs, travel, level):
    points_on(level_months=1)
    ladder()
    till_sale({"RICE": 4}, buyer)
    run_events()
    travel(20 * DAY)
    till_sale({"RICE": 2}, buyer)
    run_events()
    assert level() == "金卡会员"
    travel(13 * DAY)
    run_jobs()
    assert level() == "银卡会员"


def test_locked_level_outlives_review_and_promotion(
    points_on, ladder, till_sale, buyer, run_events, run_jobs, travel, level, console, tenant
):
    points_on(level_months=1)
    ladder()
    silver = tenant.one("SELECT id FROM points_level WHERE name = '银卡会员'")
    path = f"/plugins/points/members/{buyer.id}/level"
    answer = console.put(path, json={"level_id": str(silver), "locked": True, "reason": "老顾客"})
    assert (answer.status_code, answer.json["level"], answer.json["level_locked"]) == (200, "银卡会员", True)
    till_sale({"RICE": 9}, buyer)
    run_events()
    assert level() == "银卡会员"
    travel(33 * DAY)
    run_jobs()
    assert level() == "银卡会员"
