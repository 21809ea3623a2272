"""When a bill is fetched, what may hinder it, and that it is tried again until it is done."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import date, timedelta
from tempfile import TemporaryFile

import pytest
from sqlalchemy import event, text

from core.clock import now, travel
from core.db import db
from core.host import chores
from core.payments import bills, comparing, differences, profiles
from core.payments.errors import BillNotFound, DifferenceNotFound, DifferenceResolved
from core.wechat.bill import BillFile

MINUTES = 60


def test_day_is_opened_when_its_bill_is_ready(merchant):
    merchant.sell("ref-0001")
    before = (bills.ready_at(merchant.day) - now()).total_seconds()
    with travel(before - 60):
        assert bills.compare_due() == 0
        db.session.commit()
        assert merchant.rows("SELECT count(*) FROM bill_day WHERE day = :day", day=merchant.day) == [(0,)]
    assert next_due() == bills.ready_at(merchant.day)
    with merchant.until_bill():
        bills.compare_due()
        assert merchant.bill()["state"] == "ok"
        assert next_due() == bills.ready_at(merchant.day + timedelta(days=1))
        assert bills.compare_due() == 0


def next_due():
    found = db.session.execute(text(bills.NEXT_DUE)).scalar()
    db.session.rollback()
    return found


def test_the_clock_knows_of_bills(merchant):
    merchant.sell("ref-0001")
    with merchant.until_bill():
        chores.tick()
        assert merchant.bill()["state"] == "ok"


def test_bill_that_is_not_ready_is_asked_for_later(merchant):
    merchant.sell("ref-0001")
    merchant.paying.fault("bill_not_ready", times=1)
    with merchant.until_bill():
        bills.compare_due()
        assert (merchant.bill()["state"], merchant.bill()["error"]) == ("waiting", "微信尚未生成这一天的账单")
        assert merchant.bill()["next_try_at"] - now() > timedelta(minutes=9)
        assert bills.compare_due() == 0
        with travel(10 * MINUTES):
            assert bills.compare_due() == 1
            assert (merchant.bill()["state"], merchant.bill()["error"]) == ("ok", None)


def test_day_without_trades_is_ok_in_the_afternoon(merchant):
    with merchant.until_bill():
        bills.compare_due()
        assert merchant.bill()["state"] == "waiting"
        with travel(5 * 60 * MINUTES):
            bills.compare_due()
            assert (merchant.bill()["state"], merchant.sums()) == ("ok", (0,) * 11)


def test_bill_that_never_comes_is_given_up_after_three_days(merchant):
    merchant.sell("ref-0001")
    merchant.paying.fault("bill_not_ready")
    with merchant.until_bill():
        bills.compare_due()
        with travel(3 * 24 * 60 * MINUTES):
            bills.compare_due()
            assert merchant.bill()["state"] == "failed"
            assert next_due() > now()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("bill_hash_mismatch", "微信服务繁忙，请稍后再试（bill differs from its announced SHA-1）"),
        ("connection_reset", "微信服务繁忙，请稍后再试（ConnectionError）"),
        ("500", "微信服务繁忙，请稍后再试（系统异常，请使用相同参数稍后重试）"),
    ],
)
def test_fetch_that_breaks_stores_nothing_and_comes_again(merchant, fault, told):
    merchant.sell("ref-0001")
    merchant.paying.fault(fault, times=1)
    with merchant.until_bill():
        bills.compare_due()
        assert (merchant.bill()["state"], merchant.bill()["error"]) == ("waiting", told)
        assert merchant.sums() == (0,) * 11
        with travel(10 * MINUTES):
            bills.compare_due()
            assert (merchant.bill()["state"], merchant.sums()[:4]) == ("ok", (1, 1, 2560, 2560))


def test_bill_that_breaks_off_in_the_middle_leaves_nothing(merchant):
    with merchant.until_bill():
        bills.compare_due()
        day = waiting(merchant.day)
        broken = bill_of(merchant.day, ["`2026-11-20 10:43:39,`wx1,`16"], 20)
        with pytest.raises(ValueError, match="line 22"):
            comparing.book(day, broken, profiles.gateway().profile)
        db.session.rollback()
        assert merchant.rows("SELECT count(*) FROM bill_line") == [(0,)]
        short = bill_of(merchant.day, [], 20, said=21)
        with pytest.raises(comparing.Retryable, match="bill says 21 rows and has 20"):
            comparing.book(day, short, profiles.gateway().profile)


def test_comparing_again_changes_nothing(merchant):
    merchant.sell("ref-0001")
    merchant.paying.fault("bill_extra_row")
    with merchant.until_bill():
        bills.compare_due()
        (first,) = merchant.rows("SELECT id, number FROM bill_difference")
        differences.resolve(first[0], "门店扫码收款", merchant.shop.staff_id)
        db.session.commit()
        sums = merchant.sums()
        merchant.run("UPDATE bill_day SET state = 'waiting', next_try_at = now() - interval '1 day'")
        bills.compare_due()
        assert merchant.sums() == sums


def test_resolved_difference_tells_who_and_why(merchant):
    merchant.sell("ref-0001")
    merchant.paying.fault("bill_extra_row", times=1)
    with merchant.until_bill():
        bills.compare_due()
        (found,) = differences.differences(merchant.day)
        differences.resolve(found["id"], "门店扫码收款", merchant.shop.staff_id)
        db.session.commit()
        (found,) = differences.differences(merchant.day)
        assert (found["resolved_by"], found["note"], found["resolved_at"] is None) == ("店长", "门店扫码收款", False)
        assert (merchant.bill()["differences"], merchant.bill()["unresolved"]) == (1, 0)
        with pytest.raises(DifferenceResolved):
            differences.resolve(found["id"], "again", None)
        with pytest.raises(DifferenceNotFound):
            differences.resolve(0, "no such", None)


@pytest.mark.parametrize("day", [date(2020, 1, 1), date(2999, 1, 1)])
def test_day_that_wechat_does_not_keep_is_not_found(merchant, day):
    with pytest.raises(BillNotFound):
        bills.fetch_again(day)
    with pytest.raises(BillNotFound):
        differences.differences(day)


def test_days_are_paged_newest_first(merchant):
    merchant.sell("ref-0001")
    with merchant.until_bill():
        bills.compare_due()
        merchant.run(
            "INSERT INTO bill_day (day, mchid, mode, next_try_at, give_up_at)"
            " SELECT day - n, mchid, mode, next_try_at, give_up_at FROM bill_day, generate_series(1, 4) n"
        )
        period = (merchant.day - timedelta(days=9), merchant.day)
        first = differences.days(period, limit=3)
        rest = differences.days(period, (first[-1]["day"], first[-1]["id"]), limit=3)
        shown = [row["day"] for row in [*first, *rest]]
        assert shown == [merchant.day - timedelta(days=back) for back in range(5)]


def waiting(day: date):
    db.session.execute(text("UPDATE bill_day SET state = 'waiting' WHERE day = :day"), {"day": day})
    found = db.session.execute(text("SELECT * FROM bill_day WHERE day = :day"), {"day": day}).mappings().one()
    db.session.commit()
    return found


HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,微信订单号,商户订单号,交易状态,应结订单金额,"
    "微信退款单号,商户退款单号,退款金额,退款状态,手续费,订单金额,申请退款金额"
)
SUMMARY = "总交易单数,应结订单总金额,退款总金额,手续费总金额"


def bill_of(day: date, more: list[str], count: int, appid: str = "wx1", said: int | None = None) -> BillFile:
    """A bill of `count` payments of 1 yuan, numbered from 1."""
    file = TemporaryFile()  # noqa: SIM115
    file.write(f"{HEADER}\r\n".encode())
    for n in range(1, count + 1):
        row = (f"{day} 09:00:00", appid, "1600", "0", f"42{n:026d}", f"big{n:010d}", "SUCCESS", "1.00", "0", "0", "0.00",
               "", "0.00600", "1.00", "0.00")  # fmt: skip
        file.write((",".join(f"`{value}" for value in row) + "\r\n").encode())
    file.write("".join(f"{line}\r\n" for line in more).encode())
    file.write(f"{SUMMARY}\r\n`{count if said is None else said},`0.00,`0.00,`0.00000\r\n".encode())
    return BillFile(day, file)


def test_huge_bill_needs_no_more_memory_and_no_more_statements(merchant):
    with merchant.until_bill():
        bills.compare_due()
        small, large, again = (measured(merchant, count) for count in (200, 8_000, 8_000))
        assert merchant.sums()[:4] == (8_000, 0, 800_000, 0)
        assert merchant.bill()["fee_fen"] == 4_800
        assert small[0] == large[0] == again[0] == 4
        # What servers in other threads need meanwhile is traced as well: hardly twice.
        assert min(large[1], again[1]) < 1_000_000


def measured(merchant, count: int) -> tuple[int, int]:
    """Statements and bytes that comparing a bill of `count` rows took."""
    day, profile = waiting(merchant.day), profiles.gateway().profile
    statements: list[str] = []
    engine = db.engine
    listener = lambda *args: statements.append(args[2])  # noqa: E731
    with bill_of(merchant.day, [], count, profile.appid).file as file:
        gc.collect()
        event.listen(engine, "before_cursor_execute", listener)
        tracemalloc.start()
        comparing.book(day, BillFile(merchant.day, file), profile)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        event.remove(engine, "before_cursor_execute", listener)
        db.session.commit()
    return len(statements), peak
