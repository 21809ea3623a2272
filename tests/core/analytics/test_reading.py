"""What is read from roll-ups, on examples that were worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event, text

from core.analytics import campaigns, finance, goods, headline, reading, sources
from core.analytics.errors import BadPeriod
from core.analytics.headline import Headline
from core.analytics.periods import Period, named
from core.analytics.reading import Share
from core.db import db
from tests.core.analytics.selling import JANUARY, keep_up, refund, ring_up, sale, today
from tests.core.console_http.acting import another_store, order
from tests.core.shops import make_buyer

SECOND_WEEK = Period(date(2017, 1, 9), date(2017, 1, 15))
MONDAY, NEXT = "2017-01-02T08:00:00+08:00", "2017-01-09T{:02d}:00:00+08:00"


@pytest.fixture
def furnished(shop):
    """Week 1: A, B, C buy. Week 2: A twice, B once, D twice; somebody unknown buys in store 2 with a coupon."""
    other = another_store(shop)
    with shop.bound():
        for name in "ABCD":
            make_buyer(shop, member=True, name=name)
        db.session.commit()
    ring_up(
        shop,
        *(sale(f"W1-{n}", [("MILK", 1, 1000)], MONDAY, member_no=f"M{n}") for n in "ABC"),
        sale("W2-1", [("MILK", 2, 2000)], NEXT.format(0), member_no="MA"),
        sale("W2-2", [("RICE", 1, 3300, 300)], NEXT.format(9), member_no="MA"),
        sale("W2-3", [("RICE", 1, 3300, 300)], NEXT.format(9), member_no="MB"),
        sale("W2-4", [("MILK", 1, 1000)], NEXT.format(23), member_no="MD"),
        sale("W2-5", [("MILK", 1, 1000)], "2017-01-15T23:59:59+08:00", member_no="MD"),
        sale("W2-6", [("PORK", 1, 2000, 0, 500, 200)], NEXT.format(9), store_code="XT02", channel="past"),
    )
    keep_up(shop)
    with shop.bound():
        yield other


def test_summary_of_a_week_beside_the_week_before(furnished):
    found = headline.summary(SECOND_WEEK, None)
    assert found.current == Headline(11_500, 6, 3, 1, 0, 0, 0)
    assert (found.current.average_fen, found.current.net_fen) == (1917, 11_500)
    assert found.previous == Headline(3_000, 3, 3, 3, 0, 0, 0)
    assert found.previous_until is None


def test_summary_of_one_store_leaves_the_others_out(furnished):
    assert headline.summary(SECOND_WEEK, [furnished]).current == Headline(1_500, 1, 0, 0, 0, 0, 0)
    assert headline.summary(SECOND_WEEK, []).current == Headline(0, 0, 0, 0, 0, 0, 0)


def test_repurchase_by_both_definitions(furnished):
    found = reading.repurchase(SECOND_WEEK, None)
    assert found.repeat == Share(2, 3)
    assert found.again == Share(2, 3)
    assert (found.repeat.rate, Share(0, 0).rate) == (6667, None)
    assert reading.repurchase(SECOND_WEEK.previous(), None).repeat == Share(0, 3)
    assert reading.repurchase(JANUARY, None).repeat == Share(3, 4)


def test_repurchase_leaves_out_orders_that_were_given_back_whole(shop):
    refund(shop, order(shop, ("RICE", "1")))
    refund(shop, order(shop, ("MILK", "2")), (1, "1"))
    keep_up(shop)
    with shop.bound():
        assert reading.repurchase(today(), None).repeat == Share(0, 1)


def test_trend_by_day_has_a_row_for_every_day(furnished):
    rows = reading.trend(SECOND_WEEK, None)
    assert [row["key"] for row in rows] == [f"2017-01-{day:02d}" for day in range(9, 16)]
    assert [row["turnover_fen"] for row in rows] == [10_500, 0, 0, 0, 0, 0, 1_000]
    assert rows[0] == {
        "key": "2017-01-09", "turnover_fen": 10_500, "orders": 5, "refunded_fen": 0, "visitors": 0, "buyers": 3,
        "new_buyers": 1,
    }  # fmt: skip


def test_trend_by_hour_of_a_single_day(furnished):
    rows = reading.trend(Period(date(2017, 1, 9), date(2017, 1, 9)), None, "hour")
    assert len(rows) == 24
    sold = {row["key"]: row["turnover_fen"] for row in rows if row["orders"]}
    assert sold == {"00": 2000, "09": 7500, "23": 1000}


def test_products_page_by_page_by_what_they_brought(furnished):
    first = goods.products(SECOND_WEEK, None, limit=2)
    rest = goods.products(SECOND_WEEK, None, cursor=first.next_cursor, limit=2)
    assert [(row["sku"], row["paid_fen"]) for row in first.rows] == [("RICE", 6000), ("MILK", 4000)]
    assert ([row["sku"] for row in rest.rows], rest.next_cursor) == (["PORK"], None)
    by_quantity = goods.products(SECOND_WEEK, None, "quantity", limit=1)
    assert [(row["sku"], str(row["quantity"])) for row in by_quantity.rows] == [("MILK", "4.000")]


@pytest.mark.parametrize("sort", sorted(goods.SORTS))
def test_products_in_every_order_come_once_each(furnished, sort):
    found, cursor = [], None
    for _ in range(3):
        page = goods.products(SECOND_WEEK, None, sort, cursor, 1)
        found, cursor = [*found, *(row["sku"] for row in page.rows)], page.next_cursor
    assert (sorted(found), cursor) == (["MILK", "PORK", "RICE"], None)


def test_campaigns_cost_whoever_bears_them(furnished):
    member, coupon = campaigns.campaigns(SECOND_WEEK, None)
    assert (member.rule, member.orders, member.buyers, member.new_buyers, member.paid_fen) == ("pos.member", 2, 2, 0, 6000)
    assert (member.cost_fen, member.shop_borne_fen, member.conversion) == (600, 600, Share(2, 0))
    assert (coupon.rule, coupon.buyers, coupon.shop_borne_fen, coupon.supplier_borne_fen) == ("pos.coupon", 0, 200, 300)


def give_bags(shop):
    """One order, and a step of the ledger that gave a bag with it and took nothing off."""
    ring_up(shop, sale("G", [("MILK", 1, 1000)], NEXT.format(9)))
    step = """
        INSERT INTO order_price_step (order_id, price_version, seq, lane, source, rule, bearer, amount_fen, allocation,
                                      reason)
        SELECT id, price_version, 99, 'promotion', 'bags', 'bag', 'shop', 0, ARRAY[0]::bigint[], '满 10 元送购物袋'
        FROM orders
    """
    with shop.bound():
        db.session.execute(text(step))
        db.session.commit()
    keep_up(shop)


def test_campaign_that_only_gives_costs_nothing(shop):
    give_bags(shop)
    with shop.bound():
        (found,) = campaigns.campaigns(SECOND_WEEK, None)
        assert (found.orders, found.paid_fen, found.cost_fen, found.gives_only) == (1, 1_000, 0, True)
        assert campaigns.reason_of(SECOND_WEEK, "bags", "bag") == "满 10 元送购物袋"
        assert campaigns.reason_of(SECOND_WEEK, "bags", "other") == "other"


def test_finance_adds_up_from_list_to_turnover(furnished):
    total = finance.finance(SECOND_WEEK, None).total
    assert (total.list_fen, total.discount_fen, total.goods_fen) == (12_600, 1_100, 11_500)
    assert total.list_fen - total.discount_fen + total.shipping_fen == total.turnover_fen
    assert (total.online_turnover_fen, total.refunded_fen) == (0, 0)


def test_sources_of_sales_that_no_visit_led_to(furnished):
    (found,) = sources.sources(SECOND_WEEK, None, "first")
    assert (found.source, found.label, found.orders, found.paid_fen, found.new_buyers) == ("none", "无来源", 6, 11_500, 1)


READINGS = (  # the first reads rows of one day while a period is running
    lambda: headline.summary(JANUARY, None), lambda: reading.trend(JANUARY, None),
    lambda: reading.repurchase(JANUARY, None), lambda: goods.products(JANUARY, None),
    lambda: campaigns.campaigns(JANUARY, None), lambda: finance.finance(JANUARY, None),
    lambda: sources.sources(JANUARY, None), lambda: finance.figures(JANUARY, None),
)  # fmt: skip


def test_every_reading_is_one_statement_on_rollups(furnished):
    seen = []

    def note(connection, cursor, statement, *args):
        seen.append(statement)

    for read in READINGS:
        read()
    event.listen(db.engine, "before_cursor_execute", note)
    for read in READINGS:
        read()
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == len(READINGS)
    rolled_up = seen[1:]
    assert [s for s in rolled_up if " orders o" in s or "order_line" in s or "order_price_step" in s] == []


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", date(2024, 3, 31), date(2024, 3, 31)),
        ("7d", date(2024, 3, 25), date(2024, 3, 31)),
        ("30d", date(2024, 3, 2), date(2024, 3, 31)),
        ("month", date(2024, 3, 1), date(2024, 3, 31)),
    ],
)
def test_period_by_name(name, first, last):
    assert named(name, date(2024, 3, 31)) == Period(first, last)


def test_period_before_is_as_long():
    assert SECOND_WEEK.previous() == Period(date(2017, 1, 2), date(2017, 1, 8))
    assert SECOND_WEEK.since.isoformat() == "2017-01-08T16:00:00+00:00"


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (None, date(2017, 1, 1), "from"),
        (date(2017, 1, 1), None, "to"),
        (date(2017, 1, 2), date(2017, 1, 1), "to"),
        (date(2017, 1, 1), date(2018, 1, 2), "to"),
    ],
)
def test_period_of_choice_that_makes_no_sense_is_refused(first, last, field):
    with pytest.raises(BadPeriod) as caught:
        named("custom", date(2017, 1, 1), first, last)
    assert caught.value.field == field
