"""Roll-ups against the rows they come from, whatever happened and in whatever order days were computed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core.analytics import dirty, service
from core.analytics.finance import figures, finance
from core.analytics.periods import Period
from core.db import db
from tests.core.analytics.selling import JANUARY, ROLLUPS, keep_up, rebuilt, refund, ring_up, rollups, sale, today
from tests.core.console_http.acting import API, another_store, one, order
from tests.core.shops import make_buyer

DAYS = [day for day in JANUARY.days() if day.day <= 12]


def member(shop, number):
    with shop.bound():
        buyer_id, token = make_buyer(shop, member=True, name=number)
        db.session.commit()
    return buyer_id, token


def random_sales(count, members):
    random = Random(7)
    for number in range(count):
        lines = []
        for sku in random.sample(["MILK", "RICE", "PORK"], random.randint(1, 3)):
            price, member_fen = random.randint(100, 5_000), random.choice((0, 10))
            coupon = random.choice((0, 0, 30))
            lines.append((sku, random.randint(1, 3), price, member_fen, coupon, random.choice((0, coupon))))
        at = f"2017-01-{random.randint(1, 12):02d}T{random.randint(0, 23):02d}:30:00+08:00"
        yield sale(
            f"S-{number}", lines, at, store_code=random.choice(("XT01", "XT02")),
            member_no=random.choice([None, *members]), channel=random.choice(("pos", "past")),
        )  # fmt: skip


def busy(shop):
    """Two stores, 60 sales in January; today online orders that were adjusted, cancelled, refunded in part or whole."""
    another_store(shop)
    for name in ("1", "2", "3"):
        member(shop, name)
    ring_up(shop, *random_sales(60, ["M1", "M2", "M3"]))
    order(shop, ("MILK", "2"), ("RICE", "1"))
    partly = order(shop, ("MILK", "4"))
    refund(shop, partly, (1, "1"))
    refund(shop, partly, (1, "1"), at="2017-01-03T10:00:00+08:00")
    refund(shop, order(shop, ("RICE", "1")))
    refund(shop, order(shop, ("RICE", "2")), (1, "1"), ends="closed")
    order(shop, ("MILK", "1"), paid=False)
    keep_up(shop)


def test_rollup_of_a_day_tells_orders_refunds_and_ledger(shop):
    ring_up(shop, sale("A-1", [("MILK", 2, 2560, 100, 60, 25)]), sale("A-2", [("RICE", 1, 3300)], channel="past"))
    number = order(shop, ("MILK", "3"))
    refund(shop, number, (1, "1"))
    keep_up(shop)
    with shop.bound():
        january, now = figures(JANUARY, None), finance(today(), None).total
    assert january == {
        "orders": 2, "lines": 2, "members": 0, "products": 2, "qty": "3", "list_fen": 5860, "member_disc_fen": 100,
        "coupon_fen": 35, "coupon_match_fen": 25, "sales_value_fen": 5735, "paid_fen": 5700, "refunded_fen": 0,
        "online_orders": 1, "members_ge2_orders": 0, "orders_by_store": {"XT01": 2},
        "orders_by_channel": {"pos": 1, "past": 1},
    }  # fmt: skip
    assert (now.turnover_fen, now.refunded_fen, now.refunds, now.net_fen) == (3840, 1280, 1, 2560)


def test_rollup_of_an_adjusted_order_counts_its_last_price_only(shop):
    number = order(shop, ("MILK", "2"), paid=False)
    for rule, amount in (("member", -500), ("coupon", -60), ("price", 40)):
        change = [{"position": 1, "rule": rule, "amount_fen": amount}]
        shop.put(f"{API}/orders/{number}/adjustments", token=shop.staff_token, json={"lines": change, "why": "x"})
    shop.put(
        f"{API}/orders/{number}/adjustments", token=shop.staff_token,
        json={"lines": [{"position": 1, "rule": "coupon", "amount_fen": -60, "bearer": "supplier"},
                        {"position": 1, "rule": "price", "amount_fen": 40}], "why": "x"},
    )  # fmt: skip
    order_id = one(shop, "SELECT id FROM orders WHERE number = :n", n=number)
    with shop.bound():
        from core.orders.service import SYSTEM, mark_paid

        mark_paid(order_id, SYSTEM, "test")
        db.session.commit()
    keep_up(shop)
    with shop.bound():
        found = figures(today(), None)
    wanted = {"list_fen": 2600, "member_disc_fen": 0, "coupon_fen": 60, "coupon_match_fen": 0, "paid_fen": 2540}
    assert {name: found[name] for name in wanted} == wanted


def test_rollup_counts_a_refund_on_the_day_of_its_success_and_never_before(shop):
    number = order(shop, ("MILK", "2"))
    refund(shop, number, (1, "1"), ends="processing")
    keep_up(shop)
    with shop.bound():
        assert (finance(today(), None).total.refunded_fen, dirty.pending()) == (0, 1)
        db.session.execute(text("UPDATE refund SET state = 'success', done_at = '2017-01-05T00:30:00+08:00'"))
        db.session.commit()
        assert service.compute_due() == 1
        assert finance(today(), None).total.refunded_fen == 0
        assert {day.day: m.refunded_fen for day, m in finance(JANUARY, None).days.items() if m.refunds} == {5: 1280}
        assert dirty.pending() == 0


def test_rollup_of_a_cancelled_order_is_turnover_and_refund_but_no_kept_order(shop):
    refund(shop, order(shop, ("RICE", "1")))
    keep_up(shop)
    with shop.bound():
        total = finance(today(), None).total
    assert (total.orders, total.turnover_fen, total.refunded_fen, total.net_fen) == (1, 3300, 3300, 0)
    assert one(shop, "SELECT orders, kept, is_first FROM rollup_buyer") == (1, 0, True)
    assert one(shop, "SELECT state FROM orders") == "cancelled"


def test_rollups_kept_by_events_equal_those_computed_from_scratch(shop):
    busy(shop)
    kept = rollups(shop)
    assert all(kept[table] for table in ROLLUPS if table != "rollup_visit")
    assert rebuilt(shop) == kept


def test_rollups_in_any_order_of_days_equal_the_sums_over_rows(shop):
    busy(shop)
    whole = rollups(shop)
    sums = "SELECT coalesce(sum(payable_fen), 0), count(*) FROM orders WHERE paid_at < '2017-01-13'"
    with shop.bound():
        first_days = figures(Period(DAYS[0], DAYS[-1]), None)
    assert (first_days["paid_fen"], first_days["orders"]) == one(shop, sums)
    assert first_days["members_ge2_orders"] == one(
        shop, "SELECT count(*) FROM (SELECT FROM orders WHERE paid_at < '2017-01-13' AND buyer_id IS NOT NULL"
              " GROUP BY buyer_id HAVING count(*) > 1) x",
    )  # fmt: skip

    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.lists(st.sampled_from(DAYS), min_size=1, max_size=5, unique=True), min_size=1, max_size=4))
    def computed(groups):
        with shop.bound():
            for table in ("rollup_day", "rollup_buyer", "rollup_rule"):
                days = [day for group in groups for day in group]
                db.session.execute(text(f"UPDATE {table} SET orders = orders + 1 WHERE day = ANY(:days)"), {"days": days})
            for group in groups:
                service.compute(group)
            db.session.commit()
        assert rollups(shop) == whole

    computed()


def test_new_buyer_moves_when_an_earlier_sale_is_entered_later(shop):
    buyer_id, _ = member(shop, "7")
    ring_up(shop, sale("N-3", [("MILK", 1, 100)], "2017-01-09T08:00:00+08:00", member_no="M7"))
    keep_up(shop)
    ring_up(
        shop,
        sale("N-1", [("MILK", 1, 100)], "2017-01-03T08:00:00+08:00", member_no="M7"),
        sale("N-2", [("MILK", 1, 100)], "2017-01-04T08:00:00+08:00", member_no="M7"),
    )
    keep_up(shop)
    with shop.bound():
        rows = db.session.execute(text("SELECT day::text, is_first FROM rollup_buyer ORDER BY day")).all()
    assert [tuple(row) for row in rows] == [("2017-01-03", True), ("2017-01-04", False), ("2017-01-09", False)]


def test_day_marked_while_it_is_computed_is_computed_again(shop):
    day = DAYS[0]
    with shop.bound():
        dirty.mark_days([day], -dirty.SOON)
        db.session.commit()
        days, lease = dirty.take(10, service.now())
        db.session.commit()
        dirty.mark_days([day], -dirty.SOON)
        db.session.commit()
        dirty.drop(days, lease)
        db.session.commit()
        assert (days, dirty.pending()) == ([day], 1)
        assert service.compute_due() == 1
        assert dirty.pending() == 0


def test_days_of_a_worker_that_died_are_taken_by_another(shop):
    with shop.bound():
        dirty.mark_days(DAYS[:2], -dirty.SOON)
        db.session.commit()
        _, lease = dirty.take(10, service.now())
        db.session.commit()
        assert service.compute_due() == 0
        days, other = dirty.take(10, lease)
        db.session.commit()
        dirty.drop(days, lease)
        assert dirty.pending() == 2
        dirty.drop(days, other)
        assert dirty.pending() == 0
        db.session.commit()


def test_rollups_of_two_shops_do_not_mix(shop, other_shop):
    ring_up(shop, sale("A-1", [("MILK", 1, 1280)]))
    ring_up(other_shop, sale("A-1", [("RICE", 1, 3300)]))
    keep_up(shop)
    keep_up(other_shop)
    found = []
    for one_shop in (shop, other_shop):
        with one_shop.bound():
            found.append(figures(JANUARY, None)["paid_fen"])
    assert found == [1280, 3300]


@pytest.mark.parametrize("repeat", [1, 2])
def test_rebuild_of_a_period_leaves_the_rest_alone(shop, repeat):
    ring_up(shop, sale("A-1", [("MILK", 1, 1280)]), sale("A-2", [("MILK", 1, 1280)], "2017-01-05T08:00:00+08:00"))
    with shop.bound():
        for _ in range(repeat):
            assert list(service.rebuild(DAYS[0], DAYS[2])) == [(3, 3)]
        assert figures(JANUARY, None)["orders"] == 1
