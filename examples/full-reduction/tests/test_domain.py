from __future__ import annotations

import pytest
from builders import line, rule
from jishi_fullreduction.domain import Basis, Gift, Level, Mode, missing, reached

from core.plugin import Lane

LADDER = rule(Level(6000, off_fen=800), Level(10000, off_fen=1500))
TISSUE = Gift(7, "抽纸", 1)


def found(rules, *lines):
    return [(r.rule.id, r.level.at, r.times, r.positions, r.base_fen, r.off_fen) for r in reached(rules, lines)]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (5999, []),
        (6000, [(1, 6000, 1, (1,), 6000, 800)]),
        (9999, [(1, 6000, 1, (1,), 9999, 800)]),
        (10000, [(1, 10000, 1, (1,), 10000, 1500)]),
    ],
)
def test_ladder_only_the_highest_level_applies(amount, expected):
    assert found([LADDER], line(1, amount)) == expected


@pytest.mark.parametrize(("amount", "times", "off"), [(9999, 0, 0), (10000, 1, 1000), (29999, 2, 2000), (50000, 3, 3000)])
def test_every_repeats_up_to_max_times(amount, times, off):
    every = rule(Level(10000, off_fen=1000), mode=Mode.EVERY, max_times=3)
    expected = [(1, 10000, times, (1,), amount, off)] if times else []
    assert found([every], line(1, amount)) == expected


def test_every_stops_at_the_largest_discount():
    every = rule(Level(1000, off_fen=100), mode=Mode.EVERY, max_off_fen=250)
    assert found([every], line(1, 5000)) == [(1, 1000, 5, (1,), 5000, 250)]


@pytest.mark.parametrize(("base", "percent", "off"), [(1005, 90, 100), (1004, 90, 100), (1006, 90, 101), (3333, 88, 400)])
def test_percent_is_rounded_half_up_on_the_price_that_remains(base, percent, off):
    assert found([rule(Level(1, percent=percent))], line(1, base))[0][-1] == off


def test_percent_is_capped():
    assert found([rule(Level(1, percent=50), max_off_fen=300)], line(1, 1000))[0][-1] == 300


def test_pieces_count_units_and_weighed_goods_once_below_two():
    pieces = rule(Level(3, percent=90), basis=Basis.PIECES)
    assert found([pieces], line(1, 1000, "2"), line(2, 500, "0.350")) == [(1, 3, 1, (1, 2), 1500, 150)]
    assert found([pieces], line(1, 1000, "1.900"), line(2, 500, "1")) == []


def test_base_is_what_goods_cost_after_the_activity_price():
    cheaper = line(1, 5500, base_fen=5500, list_fen=7000)
    assert found([LADDER], cheaper) == []
    paid_with_points = line(1, 4000, base_fen=6000)
    assert found([LADDER], paid_with_points) == [(1, 6000, 1, (1,), 6000, 800)]


def test_scope_products_and_categories_add_up():
    scoped = rule(Level(1000, off_fen=100), products=frozenset({1}), categories=frozenset({9}))
    lines = [line(1, 600), line(2, 400, category_id=9), line(3, 5000)]
    assert found([scoped], *lines) == [(1, 1000, 1, (1, 2), 1000, 100)]


def test_line_counts_towards_the_first_rule_only():
    first = rule(Level(1000, off_fen=100), id=1, products=frozenset({1}))
    second = rule(Level(1000, off_fen=200), id=2)
    assert found([first, second], line(1, 1000), line(2, 1000)) == [
        (1, 1000, 1, (1,), 1000, 100),
        (2, 1000, 1, (2,), 1000, 200),
    ]


def test_rule_that_is_not_reached_uses_up_nothing():
    first = rule(Level(5000, off_fen=900), id=1, products=frozenset({1}))
    second = rule(Level(2000, off_fen=200), id=2)
    assert found([first, second], line(1, 1000), line(2, 1000)) == [(2, 2000, 1, (1, 2), 2000, 200)]


def test_free_delivery_alone_uses_up_nothing():
    delivery = rule(Level(1000, free_shipping=True), id=1)
    money = rule(Level(1000, off_fen=100), id=2)
    assert [entry[0] for entry in found([delivery, money], line(1, 1000))] == [1, 2]


def test_gift_uses_its_lines_up():
    gift = rule(Level(1000, gift=TISSUE), id=1)
    money = rule(Level(1000, off_fen=100), id=2)
    assert [entry[0] for entry in found([gift, money], line(1, 1000))] == [1]


def test_line_closed_to_promotions_counts_towards_nothing():
    seckill = line(1, 9000, closed_lanes=frozenset({Lane.PROMOTION}))
    assert found([LADDER], seckill, line(2, 6000)) == [(1, 6000, 1, (2,), 6000, 800)]


@pytest.mark.parametrize(("amount", "lack"), [(1, (6000, 5999)), (5680, (6000, 320)), (6000, (10000, 4000)), (10000, None)])
def test_missing_to_the_next_level(amount, lack):
    assert [(m.level.at, m.amount) for m in missing([LADDER], [line(1, amount)])] == ([lack] if lack else [])


def test_missing_to_the_next_round_ends_with_max_times():
    every = rule(Level(1000, off_fen=100), mode=Mode.EVERY, max_times=2)
    assert [m.amount for m in missing([every], [line(1, 1999)])] == [1]
    assert list(missing([every], [line(1, 2000)])) == []


def test_missing_says_nothing_about_rules_that_cover_nothing_in_the_cart():
    elsewhere = rule(Level(1000, off_fen=100), products=frozenset({5}))
    assert list(missing([elsewhere], [line(1, 10)])) == []
