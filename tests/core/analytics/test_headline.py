"""A period that is still running beside as much of the one before, on examples that were worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import pytest
from sqlalchemy import event, text

from core.analytics import visits
from core.analytics.headline import Headline, summary
from core.analytics.periods import Period
from core.clock import now, travel
from core.db import db
from tests.core.analytics.selling import keep_up, refund, ring_up, sale
from tests.core.console_http.acting import API, another_store, order
from tests.core.shops import Shop, make_buyer

YESTERDAY, TODAY = date(2017, 1, 8), date(2017, 1, 9)
DAY, WEEK = Period(TODAY, TODAY), Period(date(2017, 1, 3), TODAY)
NOON = "2017-01-09T12:00:00+08:00"


@contextmanager
def at(moment: str) -> Iterator[None]:
    with travel((datetime.fromisoformat(moment) - now()).total_seconds()):
        yield


def visit(shop: Shop, moment: str, visitor: str, scene: str = "1047", store_id: int | None = None) -> None:
    with at(moment), shop.bound():
        visits.record(visitor * 16, scene, store_id, None)
        db.session.commit()


@pytest.fixture
def furnished(shop):
    """Today A buys. Yesterday: A and B before noon, B again and C after it; a refund on either side of noon."""
    other = another_store(shop)
    with shop.bound():
        for name in "ABC":
            make_buyer(shop, member=True, name=name)
        db.session.commit()
    early, late = order(shop, ("MILK", "1")), order(shop, ("MILK", "2"))
    refund(shop, early, at="2017-01-08T11:00:00+08:00")
    refund(shop, late, at="2017-01-08T12:05:00+08:00")
    ring_up(
        shop,
        sale("P1", [("MILK", 1, 1000)], "2016-12-27T11:00:00+08:00", member_no="MA"),
        sale("P2", [("RICE", 1, 3300)], "2017-01-02T11:59:59+08:00", member_no="MA"),
        sale("P3", [("RICE", 1, 3300)], "2017-01-02T12:05:00+08:00", member_no="MB"),
        sale("Y1", [("MILK", 1, 1000)], "2017-01-08T00:05:00+08:00", member_no="MA"),
        sale("Y2", [("MILK", 2, 2000)], "2017-01-08T11:59:59+08:00", member_no="MB", store_code="XT02"),
        sale("Y3", [("MILK", 4, 4000)], "2017-01-08T12:05:00+08:00", member_no="MB"),
        sale("Y4", [("RICE", 1, 3300)], "2017-01-08T18:00:00+08:00", member_no="MC"),
        sale("T1", [("RICE", 1, 3300)], "2017-01-09T08:00:00+08:00", member_no="MA"),
    )
    keep_up(shop)
    with shop.bound(), at(NOON):
        yield other


def test_today_is_compared_with_yesterday_up_to_the_same_time(furnished):
    found = summary(DAY, None)
    assert found.current == Headline(3_300, 1, 1, 0, 0, 0, 0)
    assert found.previous == Headline(3_000, 2, 2, 0, 0, 1, 1_280)
    assert f"{found.previous_until:%m-%d %H:%M}" == "01-08 04:00"


def test_day_that_is_over_is_compared_with_the_whole_day_before(furnished):
    with at("2017-01-10T00:00:00+08:00"):
        found = summary(DAY, None)
    assert found.previous == Headline(10_300, 4, 3, 1, 0, 2, 3_840)
    assert found.previous_until is None


def test_day_that_begins_is_compared_with_nothing(furnished):
    with at("2017-01-09T00:00:00+08:00"):
        assert summary(DAY, None).previous == Headline(0, 0, 0, 0, 0, 0, 0)


def test_store_is_compared_with_itself(furnished):
    assert summary(DAY, [furnished]).previous == Headline(2_000, 1, 1, 0, 0, 0, 0)
    assert summary(DAY, []).previous == Headline(0, 0, 0, 0, 0, 0, 0)


def test_running_week_counts_whole_days_and_the_last_one_up_to_the_same_time(furnished):
    """From 27 December to 2 January at noon: P1 and P2, both bought by A, who was new; P3 came after noon."""
    found = summary(WEEK, None)
    assert found.previous == Headline(4_300, 2, 1, 1, 0, 0, 0)
    assert found.current == Headline(13_600, 5, 3, 1, 0, 2, 3_840)


def test_period_that_runs_into_the_future_counts_as_much_as_has_passed(furnished):
    """8 and 9 January of four days: as 4 and 5 January, not 6 and 7."""
    running = Period(YESTERDAY, date(2017, 1, 11))
    found = summary(running, None)
    assert f"{found.previous_until:%m-%d %H:%M}" == "01-05 04:00"
    assert found.previous == Headline(0, 0, 0, 0, 0, 0, 0)


def test_new_buyer_counts_once_the_first_order_was_before_that_time(furnished):
    assert [new_at(hour) for hour in (11, 12, 17, 19)] == [0, 0, 0, 1]


def new_at(hour: int) -> int:
    with at(f"2017-01-09T{hour}:30:00+08:00"):
        return summary(DAY, None).previous.new_buyers


def test_visitors_up_to_the_same_time_count_once_each(shop):
    for moment, visitor, store in (("09", "a", shop.store_id), ("10", "b", None), ("13", "c", shop.store_id)):
        visit(shop, f"2017-01-08T{moment}:00:00+08:00", visitor, store_id=store)
    visit(shop, "2017-01-08T09:30:00+08:00", "a", scene="1001")
    visit(shop, "2017-01-09T09:30:00+08:00", "a")
    with shop.bound():
        db.session.execute(text("UPDATE rollup_dirty SET due_at = '2017-01-01'"))
        db.session.commit()
    keep_up(shop)
    with shop.bound(), at(NOON):
        whole, of_store = summary(DAY, None), summary(DAY, [shop.store_id])
    assert (whole.current.visitors, whole.previous.visitors) == (1, 2)
    assert (of_store.current.visitors, of_store.previous.visitors) == (0, 1)


def test_running_period_is_one_statement(furnished):
    seen = []

    def note(connection, cursor, statement, *args):
        seen.append(statement)

    summary(WEEK, None)
    event.listen(db.engine, "before_cursor_execute", note)
    summary(WEEK, None)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == 1


def test_api_says_up_to_when_the_period_before_counts(shop):
    running = shop.get(f"{API}/analytics/summary?period=today", token=shop.staff_token).json
    over = shop.get(
        f"{API}/analytics/summary?period=custom&from=2017-01-01&to=2017-01-07", token=shop.staff_token
    ).json
    assert (running["previous"]["orders"], over["previous_until"]) == (0, None)
    assert running["previous_until"] is not None
