from __future__ import annotations

from builders import cart, line, rule
from jishi_fullreduction.domain import Gift, Level
from jishi_fullreduction.pricing import dereference, propose

from core.plugin import Adjustment, Lane

OFF = rule(Level(6000, off_fen=800))


def test_promotion_lane_takes_off_the_lines_that_counted():
    assert propose((OFF,), cart(line(1, 4000), line(2, 2000)), Lane.PROMOTION) == [
        Adjustment("1@6000x1", "满60元减8元", 800, (1, 2), rule_version="1")
    ]


def test_gift_is_a_proposal_even_though_it_takes_nothing_off():
    gift = rule(Level(6000, gift=Gift(7, "抽纸", 1)), version=4)
    assert propose((gift,), cart(line(1, 6000)), Lane.PROMOTION) == [
        Adjustment("1@6000x1", "满60元送抽纸×1", 0, (1,), rule_version="4", gives="抽纸×1")
    ]


def test_rule_without_coupons_closes_their_lane():
    (proposal,) = propose((rule(Level(1, off_fen=1), with_coupons=False),), cart(line(1, 100)), Lane.PROMOTION)
    assert proposal.closes == {Lane.COUPON}


def test_shipping_lane_pays_the_whole_delivery():
    free = rule(Level(6000, free_shipping=True))
    assert propose((free,), cart(line(1, 6000), shipping_fen=400), Lane.SHIPPING) == [
        Adjustment("1@6000x1", "满60元包邮", 400, group="free-shipping", rule_version="1")
    ]
    assert propose((free,), cart(line(1, 6000)), Lane.SHIPPING) == []
    assert propose((free,), cart(line(1, 6000), shipping_fen=400), Lane.PROMOTION) == []


def test_free_delivery_counts_what_goods_cost_before_coupon_and_points():
    free = rule(Level(6000, free_shipping=True))
    after_coupon = line(1, 4000, base_fen=6000)
    assert len(propose((free,), cart(after_coupon, shipping_fen=400), Lane.SHIPPING)) == 1


def test_other_lanes_are_left_alone():
    for lane in (Lane.UNIT_PRICE, Lane.COUPON, Lane.CREDIT):
        assert propose((OFF,), cart(line(1, 9000), shipping_fen=400), lane) == []


def test_reference_names_rule_level_and_times():
    assert dereference("12@6000x3") == (12, 6000, 3)
