"""The arithmetic, against exact values and against what has to hold for any values."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .. import domain
from ..domain import Line, Refunded, SpendRules

amounts = st.integers(0, 10_000_000)
weights = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=20)


@given(amounts, weights)
def test_split_gives_out_exactly_what_there_is(amount: int, shares: list[int]):
    assert sum(domain.split(amount, shares)) == (amount if sum(shares) else 0)


@given(amounts, weights)
def test_split_is_off_by_less_than_one(amount: int, shares: list[int]):
    total = sum(shares) or 1
    assert all(abs(got * total - amount * w) < total for got, w in zip(domain.split(amount, shares), shares, strict=True))


@pytest.mark.parametrize(
    ("points", "ratio", "fen"), [(300, 100, 300), (299, 100, 299), (7, 30, 23), (9, 1000, 0), (10, 1000, 1)]
)
def test_points_are_worth_whole_fen_rounded_down(points: int, ratio: int, fen: int):
    assert domain.worth_fen(points, ratio) == fen


@given(st.integers(0, 10_000_000), st.integers(1, 100_000))
def test_cost_is_the_fewest_points_that_are_worth_the_amount(fen: int, ratio: int):
    points = domain.cost_points(fen, ratio)
    assert domain.worth_fen(points, ratio) >= fen
    assert points == 0 or domain.worth_fen(points - 1, ratio) < fen


@pytest.mark.parametrize(
    ("rules", "usable", "eligible", "goods", "most"),
    [
        (SpendRules(100), 10_000, 2000, 2000, 1000),
        (SpendRules(100, percent=100), 10_000, 2000, 2000, 1999),
        (SpendRules(100, percent=100), 10_000, 2000, 5000, 2000),
        (SpendRules(100), 300, 2000, 2000, 300),
        (SpendRules(100, step=100), 999, 2000, 2000, 900),
        (SpendRules(100, minimum=1001), 10_000, 2000, 2000, 0),
        (SpendRules(100, minimum=1000), 10_000, 2000, 2000, 1000),
        (SpendRules(100, cap=500), 10_000, 2000, 2000, 500),
        (SpendRules(1000), 9, 2000, 2000, 0),
        (SpendRules(100), 10_000, 2000, 1, 0),
        (SpendRules(100), 10_000, 0, 0, 0),
    ],
)
def test_most_points(rules: SpendRules, usable: int, eligible: int, goods: int, most: int):
    assert domain.most_points(rules, usable, eligible, goods) == most


rules = st.builds(
    SpendRules,
    ratio=st.integers(1, 2000),
    step=st.integers(1, 500),
    minimum=st.integers(0, 2000),
    cap=st.integers(0, 100_000),
    percent=st.integers(1, 100),
)


@given(rules, st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**8))
def test_use_stays_within_every_limit(rule: SpendRules, usable: int, eligible: int, other: int, wanted: int):
    goods = eligible + other
    points, fen = domain.use_of(rule, wanted, domain.most_points(rule, usable, eligible, goods))
    assert 0 <= points <= min(usable, wanted)
    assert fen <= min(eligible, max(goods - 1, 0), goods * rule.percent // 100)
    assert domain.worth_fen(points, rule.ratio) >= fen
    assert points == 0 or fen > 0


@pytest.mark.parametrize(
    ("fen", "per_yuan", "percents", "points"),
    [
        (5632, 1, (), 56), (99, 1, (), 0), (5632, 3, (), 168), (5632, 1, (150,), 84), (5632, 1, (150, 200), 168),
        (100, 0, (), 0),
    ],  # fmt: skip
)
def test_award_is_rounded_down_once_per_order(fen: int, per_yuan: int, percents: tuple[int, ...], points: int):
    assert domain.award(fen, per_yuan, *percents) == points


@pytest.mark.parametrize(
    ("price", "percent", "quantity", "fen"),
    [(1280, 95, "2", 2432), (3300, 100, "1", 3300), (1990, 95, "1", 1891), (1980, 98, "1.236", 2398)],
)
def test_level_price_rounds_the_unit_then_the_line(price: int, percent: int, quantity: str, fen: int):
    assert domain.level_amount(price, percent, Decimal(quantity)) == fen


# --- the golden example of domain-rules §3: A 1854, B 1143 may be paid with points, C 2935 not -------------------------

GOLDEN = (1668, 1029, 2935)


def test_golden_points_are_split_over_the_eligible_lines():
    assert domain.split(300, [1854, 1143]) == [186, 114]


def test_golden_award_and_its_split():
    assert domain.award(sum(GOLDEN), 1) == 56
    assert domain.split(56, GOLDEN) == [17, 10, 29]


def test_golden_refund_of_one_of_three():
    line = Line(2, Decimal(3), 1029, used=114, award=10)
    (after,) = domain.refund([line], {2: Refunded(Decimal(1), 343)})
    assert (after.returned, after.taken_back) == (38, 3)


def test_golden_refund_in_three_parts_gives_back_everything():
    lines = [Line(2, Decimal(3), 1029, used=114, award=10)]
    for _ in range(3):
        lines = domain.refund(lines, {2: Refunded(Decimal(1), 343)})
    assert (lines[0].returned, lines[0].taken_back) == (114, 10)


@st.composite
def refunded_lines(draw: st.DrawFn) -> tuple[Line, list[int]]:
    """A line of n pieces and how many of them go back, refund by refund, more than there are included."""
    pieces = draw(st.integers(1, 30))
    line = Line(
        1, Decimal(pieces), draw(st.integers(0, 100_000)), used=draw(st.integers(0, 5000)),
        award=draw(st.integers(0, 5000)),
    )
    return line, draw(st.lists(st.integers(1, 10), max_size=12))


@given(refunded_lines())
def test_partial_refunds_never_give_back_more_than_the_whole(case: tuple[Line, list[int]]):
    line, parts = case
    now, gone = line, 0
    for part in parts:
        share = min(line.paid_fen * min(gone + part, int(line.quantity)) // int(line.quantity), line.paid_fen)
        before = now
        (now,) = domain.refund([now], {1: Refunded(Decimal(part), share - now.refunded_fen)})
        gone += part
        assert before.returned <= now.returned <= line.used
        assert before.taken_back <= now.taken_back <= line.award
    if gone >= line.quantity:
        assert now.returned == line.used
        assert now.taken_back == (line.award if line.paid_fen else 0)


def test_refund_all_after_a_part_gives_back_the_rest():
    line = Line(1, Decimal(3), 1000, used=100, award=10)
    part = domain.refund([line], {1: Refunded(Decimal(1), 333)})
    (after,) = domain.refund_all(part)
    assert (part[0].returned, part[0].taken_back, after.returned, after.taken_back) == (33, 3, 100, 10)


def test_refund_of_an_order_without_known_lines_goes_by_money():
    whole = [Line(domain.WHOLE_ORDER, Decimal(1), 5632, award=56)]
    (after,) = domain.refund(whole, {1: Refunded(Decimal(1), 343), 3: Refunded(Decimal(1), 657)})
    assert (after.refunded_fen, after.taken_back, after.returned) == (1000, 9, 0)


def test_growth_counts_whole_yuan_that_stay():
    lines = [Line(1, Decimal(1), 1990), Line(2, Decimal(2), 1020, refunded_fen=510)]
    assert domain.growth_left(lines) == 25


@pytest.mark.parametrize(("most", "awards"), [(100, [17, 10, 29]), (20, [6, 6, 11]), (0, [0, 3, 0])])
def test_capped_shares_the_rest_out_anew(most: int, awards: list[int]):
    lines = [Line(n, Decimal(1), 1, award=a, taken_back=t) for n, a, t in ((1, 17, 0), (2, 10, 3), (3, 29, 0))]
    capped = domain.capped(lines, most)
    assert sum(line.award - line.taken_back for line in capped) == min(most, 53)
    assert [line.award for line in capped] == awards


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), ("5", 5), (0, 0), (-1, None), (True, None), (1.0, None), ("x", None), ("٣", None), (10**18, None), ([], None)],
)
def test_whole_number_takes_nothing_else(value: object, number: int | None):
    assert domain.whole_number(value) == number


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 11, 22), 12, date(2027, 11, 22)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_add_months(day: date, months: int, later: date):
    assert domain.add_months(day, months) == later


@pytest.mark.parametrize(
    ("rule", "ends"),
    [("never", None), ("months", "2027-11-23T16:00:00+00:00"), ("year", "2026-12-31T16:00:00+00:00")],
)
def test_points_run_out_at_the_end_of_a_day_of_the_shop(rule: str, ends: str | None):
    late_evening = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    expires = domain.expires_at(late_evening, rule, 12)
    assert (expires and expires.astimezone(UTC).isoformat()) == ends


@pytest.mark.parametrize(("streak", "points"), [(1, 5), (6, 5), (7, 25), (8, 5), (14, 25)])
def test_sign_in_streak_brings_more(streak: int, points: int):
    assert domain.sign_in_points(streak, 5, 7, 20) == points
