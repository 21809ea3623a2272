"""Shipping info 发货信息管理 (wechat.md §5.7)."""

import pytest
from sim_shop import Wx

from simulator.clock import rfc3339


def test_shipping_makes_an_order_shipped_and_then_finished(shop):
    wx = Wx(shop.sim, shop.appid, shop.profile["secret"])
    transaction_id = shop.pay("W00000001")["transaction_id"]
    before = wx.post("/wxa/sec/order/get_order", {"transaction_id": transaction_id})["order"]
    assert (before["order_state"], before["paid_amount"], before["openid"]) == (1, 1990, shop.openid)
    assert upload(wx, shop, transaction_id)["errcode"] == 0
    states = [state(wx, transaction_id)]
    shop.sim.advance(2 * 86400)
    assert [*states, state(wx, transaction_id)] == [2, 4]
    listed = wx.post("/wxa/sec/order/get_order_list", {"order_state": 4})
    assert ([row["transaction_id"] for row in listed["order_list"]], listed["has_more"]) == ([transaction_id], False)


def state(wx, transaction_id):
    return wx.post("/wxa/sec/order/get_order", {"transaction_id": transaction_id})["order"]["order_state"]


def upload(wx, shop, transaction_id, stamp=0, **more):
    moment = rfc3339(shop.sim.get("clock")["now"] + stamp).replace("+08:00", ".123+08:00")
    body = {"order_key": {"order_number_type": 2, "transaction_id": transaction_id}, "logistics_type": 4,
            "delivery_mode": 1, "shipping_list": [{"item_desc": "可口可乐×6"}], "upload_time": moment,
            "payer": {"openid": shop.openid}}
    body = {name: value for name, value in (body | more).items() if value is not None}
    return wx.post("/wxa/sec/order/upload_shipping_info", body)


def test_shipping_may_be_changed_once(shop):
    wx = Wx(shop.sim, shop.appid, shop.profile["secret"])
    transaction_id = shop.pay("W00000002")["transaction_id"]
    answers = [upload(wx, shop, transaction_id, stamp, shipping_list=[{"item_desc": text}])["errcode"]
               for stamp, text in ((0, "a"), (1, "a"), (2, "b"), (3, "c"))]
    assert answers == [0, 10060023, 0, 10060003]


def test_split_express_counts_when_all_is_delivered(shop):
    wx = Wx(shop.sim, shop.appid, shop.profile["secret"])
    transaction_id = shop.pay("W00000003")["transaction_id"]
    states = []
    for number, done in ((1, False), (2, True)):
        parcel = {"item_desc": "米", "tracking_no": f"YT{number}", "express_company": "YTO"}
        assert upload(wx, shop, transaction_id, number, logistics_type=1, delivery_mode=2, is_all_delivered=done,
                      shipping_list=[parcel])["errcode"] == 0
        states.append(state(wx, transaction_id))
    assert states == [1, 2]


_EXPRESS = {"item_desc": "米", "tracking_no": "SF1", "express_company": "SF"}


@pytest.mark.parametrize(("change", "errcode"), [
    ({"logistics_type": 5}, 10060005), ({"delivery_mode": 2}, 10060006),
    ({"logistics_type": 1, "delivery_mode": 2}, 10060007), ({"shipping_list": []}, 10060024),
    ({"shipping_list": [{"item_desc": ""}]}, 10060008), ({"shipping_list": [{"item_desc": "x" * 121}]}, 10060009),
    ({"upload_time": "2026-01-01T00:00:00+08:00"}, 268485216), ({"payer": None}, 268485226),
    ({"payer": {"openid": "x"}}, 10060031), ({"order_key": None}, 268485194),
    ({"order_key": {"order_number_type": 2, "transaction_id": "42"}}, 10060001), ({"access_token": "x"}, 47001),
    ({"logistics_type": 1, "shipping_list": [_EXPRESS | {"express_company": "??"}]}, 10060019),
    ({"logistics_type": 1, "shipping_list": [_EXPRESS | {"tracking_no": "#"}]}, 10060020),
    ({"logistics_type": 1, "shipping_list": [_EXPRESS]}, 10060014),
    ({"logistics_type": 1, "shipping_list": [_EXPRESS | {"contact": {"receiver_contact": "189****1234"}}]}, 0),
])
def test_shipping_rules(shop, change, errcode):
    wx = Wx(shop.sim, shop.appid, shop.profile["secret"])
    transaction_id = shop.pay("W00000004")["transaction_id"]
    assert upload(wx, shop, transaction_id, **change)["errcode"] == errcode


def test_refunded_or_unpaid_order_cannot_be_shipped(shop):
    wx = Wx(shop.sim, shop.appid, shop.profile["secret"])
    transaction_id = shop.pay("W00000005")["transaction_id"]
    shop.refund("W00000005", "WR5", 1990)
    shop.order("W00000006")
    key = {"order_number_type": 1, "mchid": shop.profile["mchid"], "out_trade_no": "W00000006"}
    assert upload(wx, shop, transaction_id)["errcode"] == 10060004
    assert upload(wx, shop, transaction_id, order_key=key)["errcode"] == 10060001
    assert state(wx, transaction_id) == 5


def test_shipping_of_a_partner_trade_by_the_sub_app(partner):
    wx = Wx(partner.sim, partner.appid, partner.profile["secret"])
    transaction_id = partner.pay("W00000007")["transaction_id"]
    assert upload(wx, partner, transaction_id)["errcode"] == 0
    assert wx.post("/wxa/sec/order/get_order", {"transaction_id": transaction_id})["order"]["sub_merchant_id"] == (
        "1800000003")
