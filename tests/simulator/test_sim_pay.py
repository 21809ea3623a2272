"""Order, wallet, query and close, driven by the SDK (wechat.md §4.5–§4.7, §7.3, §7.6)."""

import json

import pytest
import requests
from wechatpayv3.type import RequestType

from simulator.clock import rfc3339


def raw(shop, path, body):
    """A signed POST of any body; returns status, code, numeric suffix."""
    core = shop.wx._core
    text = json.dumps(body)
    headers = {"Authorization": _authorization(core, "POST", path, text), "Content-Type": "application/json",
               "Accept": "application/json", "User-Agent": "test"}
    response = requests.post(core._gate_way + path, data=text, headers=headers, timeout=10)
    return response.status_code, response.json().get("code"), int(response.headers["Request-ID"].split("-")[-1])


def _authorization(core, method, path, text, nonce=None):
    from wechatpayv3.utils import build_authorization
    return build_authorization(path, method, core._mchid, core._cert_serial_no, core._private_key, text, nonce)


def body_of(shop, **changes):
    body = {"appid": shop.appid, "mchid": shop.profile["mchid"], "description": "牛奶", "out_trade_no": "P00000001",
            "notify_url": shop.notify_url, "amount": {"total": 100}, "payer": {"openid": shop.openid}}
    return {name: value for name, value in (body | changes).items() if value is not None}


def test_pay_by_wallet_shows_success_in_query(shop):
    result = shop.pay("D00000001", 1990)
    assert result["errMsg"] == "requestPayment:ok"
    status, trade = shop.query("D00000001")
    assert (status, trade.pop("success_time")[-6:]) == (200, "+08:00")
    assert trade == {
        "appid": shop.appid, "mchid": "1600000001", "out_trade_no": "D00000001", "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功", "transaction_id": result["transaction_id"], "trade_type": "JSAPI",
        "bank_type": "OTHERS", "payer": {"openid": shop.openid},
        "amount": {"total": 1990, "payer_total": 1990, "currency": "CNY", "payer_currency": "CNY"},
    }
    assert json.loads(shop.wx.query(transaction_id=result["transaction_id"])[1])["out_trade_no"] == "D00000001"


def test_query_before_payment_is_notpay_without_payment_fields(shop):
    shop.order("D00000002", attach="店=1")
    assert shop.query("D00000002") == (200, {
        "appid": shop.appid, "mchid": "1600000001", "out_trade_no": "D00000002", "trade_state": "NOTPAY",
        "trade_state_desc": "订单未支付", "attach": "店=1", "amount": {"total": 1990, "currency": "CNY"},
    })


def test_query_of_unknown_order_is_404(shop):
    status, body = shop.query("NOBODY001")
    assert (status, body["code"]) == (404, "ORDER_NOT_EXIST")


def test_pay_in_partner_mode_names_both_merchants(partner):
    result = partner.pay("SUB0000001")
    status, trade = partner.query("SUB0000001")
    assert (result["errMsg"], status, trade["trade_state"]) == ("requestPayment:ok", 200, "SUCCESS")
    assert {name: trade[name] for name in ("sp_appid", "sp_mchid", "sub_appid", "sub_mchid", "payer")} == {
        "sp_appid": partner.profile["appid"], "sp_mchid": "1900000109", "sub_appid": "wx00000000000000c3",
        "sub_mchid": "1800000003", "payer": {"sub_openid": partner.openid},
    }
    assert "mchid" not in trade


def test_query_in_partner_mode_without_sub_mchid_is_refused(partner):
    partner.pay("SUB0000002")
    status, body = partner.wx.query(out_trade_no="SUB0000002")
    assert (status, json.loads(body)["code"]) == (403, "NO_AUTH")


def test_sub_merchant_of_nobody_is_refused(partner):
    status, body = partner.order("SUB0000003", sub_mchid="1800000999")
    assert (status, body["code"], body["message"]) == (403, "NO_AUTH", "受理关系不存在")


def test_coupon_lowers_payer_total_only(shop):
    shop.pay("D00000003", 1000, coupon_fen=150)
    trade = shop.query("D00000003")[1]
    assert (trade["amount"]["total"], trade["amount"]["payer_total"]) == (1000, 850)
    assert [(c["type"], c["amount"]) for c in trade["promotion_detail"]] == [("CASH", 150)]


@pytest.mark.parametrize(("change", "code", "numeric"), [
    ({"surprise": 1}, "PARAM_ERROR", 270924358),
    ({"amount": {"total": "100"}}, "PARAM_ERROR", 268435461),
    ({"amount": {"total": 0}}, "PARAM_ERROR", 268435464),
    ({"amount": {"total": 1.5}}, "PARAM_ERROR", 268435461),
    ({"amount": {"total": 100, "fee": 1}}, "PARAM_ERROR", 270924358),
    ({"amount": {"total": 100, "currency": "USD"}}, "PARAM_ERROR", 268435464),
    ({"description": None}, "PARAM_ERROR", 268435461),
    ({"description": "长" * 128}, "PARAM_ERROR", 268435464),
    ({"out_trade_no": "short"}, "PARAM_ERROR", 268435464),
    ({"out_trade_no": "bad/number"}, "PARAM_ERROR", 268435464),
    ({"notify_url": "https://a.example/x?y=1"}, "PARAM_ERROR", 268435464),
    ({"time_expire": "tomorrow"}, "PARAM_ERROR", 268435461),
    ({"time_expire": "2020-01-01T00:00:00+08:00"}, "PARAM_ERROR", 268435464),
    ({"payer": {}}, "PARAM_ERROR", 268501013),
    ({"payer": {"openid": "o" * 28}}, "PARAM_ERROR", 268435461),
    ({"appid": "wx00000000000000b2"}, "APPID_MCHID_NOT_MATCH", 268445527),
    ({"mchid": "1600000002"}, "INVALID_REQUEST", 268447843),
])
def test_order_with_a_wrong_field_is_refused(shop, change, code, numeric):
    assert raw(shop, "/v3/pay/transactions/jsapi", body_of(shop, **change)) == (400, code, numeric)
    assert shop.sim.get("orders")["orders"] == []


def test_order_with_openid_of_another_app_is_refused(shop, other):
    answer = raw(shop, "/v3/pay/transactions/jsapi", body_of(shop, payer={"openid": other.openid}))
    assert answer == (500, "OPENID_MISMATCH", 268435461)


def test_reorder_identical_gives_fresh_prepay_id(shop):
    first, second = shop.order("D00000004")[1], shop.order("D00000004")[1]
    assert first["prepay_id"] != second["prepay_id"]
    assert shop.sim.pay(shop.params(first["prepay_id"]), shop.openid)["errMsg"] == "requestPayment:ok"


@pytest.mark.parametrize("change", [{"total": 1991}, {"description": "别的"}, {"attach": "x"}])
def test_reorder_with_other_parameters_is_refused(shop, change):
    shop.order("D00000005")
    status, body = shop.order("D00000005", **change)
    assert (status, body["code"]) == (400, "INVALID_REQUEST")


def test_reorder_of_paid_order_is_orderpaid(shop):
    shop.pay("D00000006")
    assert shop.order("D00000006") == (400, {"code": "ORDERPAID", "message": "该订单已支付"})


def test_same_number_of_another_merchant_is_another_order(shop, other):
    shop.pay("SHARED0001", 100)
    other.order("SHARED0001", 200)
    assert (shop.query("SHARED0001")[1]["trade_state"], other.query("SHARED0001")[1]["trade_state"]) == (
        "SUCCESS", "NOTPAY")


def test_query_of_another_merchants_transaction_is_refused(shop, other):
    transaction_id = shop.pay("D00000007")["transaction_id"]
    status, body = other.wx.query(transaction_id=transaction_id)
    assert (status, json.loads(body)["message"]) == (400, "商户号和订单不匹配")


def test_close_is_reentrant_and_ends_the_order(shop):
    prepay_id = shop.order("D00000008")[1]["prepay_id"]
    assert [shop.wx.close("D00000008") for _ in range(2)] == [(204, "")] * 2
    assert shop.query("D00000008")[1]["trade_state"] == "CLOSED"
    assert shop.sim.pay(shop.params(prepay_id), shop.openid)["reason"] == "ORDER_CLOSED"
    assert shop.order("D00000008")[1]["code"] == "ORDER_CLOSED"


def test_close_of_paid_order_is_refused_also_after_refund(shop):
    shop.pay("D00000009")
    first = shop.wx.close("D00000009")
    shop.refund("D00000009", "R9", 10)
    assert [first, shop.wx.close("D00000009")] == [(400, '{"code":"ORDERPAID","message":"该订单已支付"}')] * 2


def test_close_of_unknown_order_follows_the_setting(shop):
    assert shop.wx.close("NOBODY002")[0] == 404
    shop.sim.post("settings", {"close_unknown": 204})
    assert shop.wx.close("NOBODY002") == (204, "")


@pytest.mark.parametrize(("change", "reason"), [
    ({"paySign": "QUJD"}, "SIGN_MISMATCH"),
    ({"timeStamp": "1700000001"}, "SIGN_MISMATCH"),
    ({"signType": "MD5"}, "SIGN_MISMATCH"),
    ({"appId": "wx00000000000000b2"}, "APPID_MISMATCH"),
    ({"package": "prepay_id=wx0"}, "NO_PREPAY"),
    ({"openid": "somebody-else"}, "OPENID_MISMATCH"),
])
def test_wallet_refuses_wrong_parameters(shop, change, reason):
    params = shop.params(shop.order("D00000010")[1]["prepay_id"])
    result = shop.sim.post("wallet/pay", params | {"openid": shop.openid} | change)
    assert (result["errMsg"].startswith("requestPayment:fail "), result["reason"]) == (True, reason)
    assert shop.query("D00000010")[1]["trade_state"] == "NOTPAY"


@pytest.mark.parametrize(("outcome", "message"), [
    ("cancel", "requestPayment:fail cancel"), ("fail", "requestPayment:fail"),
    ("balance", "requestPayment:fail 余额不足"),
])
def test_wallet_outcome_leaves_order_unpaid_and_unannounced(shop, outcome, message):
    assert shop.pay("D00000011", outcome=outcome)["errMsg"] == message
    assert (shop.query("D00000011")[1]["trade_state"], shop.notifies()) == ("NOTPAY", [])


def test_wallet_refuses_a_second_payment(shop):
    params = shop.params(shop.order("D00000012")[1]["prepay_id"])
    assert [shop.sim.pay(params, shop.openid)["reason"] for _ in range(2)] == [None, "ORDER_PAID"]


def test_prepay_id_dies_after_two_hours_of_the_virtual_clock(shop):
    params = shop.params(shop.order("D00000013")[1]["prepay_id"])
    shop.sim.advance(7201)
    assert shop.sim.pay(params, shop.openid)["reason"] == "PREPAY_EXPIRED"


def test_expired_order_cannot_be_paid_but_stays_notpay(shop):
    expire = rfc3339(shop.sim.get("clock")["now"] + 120)
    params = shop.params(shop.order("D00000014", time_expire=expire)[1]["prepay_id"])
    shop.sim.advance(121)
    assert shop.sim.pay(params, shop.openid)["reason"] == "ORDER_EXPIRED"
    assert shop.query("D00000014")[1]["trade_state"] == "NOTPAY"
    assert shop.order("D00000014", time_expire=expire)[1]["code"] == "ORDER_CLOSED"


def test_order_closes_itself_after_seven_days(shop):
    shop.order("D00000015")
    shop.sim.advance(7 * 86400)
    assert shop.query("D00000015")[1]["trade_state"] == "CLOSED"


def test_request_with_wrong_signature_is_401(shop):
    shop.wx._core._apiv3_key = "unused"
    path = "/v3/pay/transactions/out-trade-no/D00000016?mchid=1600000001"
    header = _authorization(shop.wx._core, "GET", path + "&x=1", "")
    response = requests.get(shop.sim.url + path, headers={"Authorization": header, "User-Agent": "t"}, timeout=5)
    assert (response.status_code, response.json()["code"]) == (401, "SIGN_ERROR")
    assert response.json()["detail"]["issue"] == "sign not match"
    assert "Wechatpay-Signature" not in response.headers


def test_request_sent_twice_is_401(shop):
    path = "/v3/pay/transactions/out-trade-no/NOBODY003?mchid=1600000001"
    headers = {"Authorization": _authorization(shop.wx._core, "GET", path, ""), "User-Agent": "t"}
    answers = [requests.get(shop.sim.url + path, headers=headers, timeout=5).status_code for _ in range(2)]
    assert answers == [404, 401]


def test_every_answer_is_marked_and_carries_a_request_id(shop):
    path = "/v3/pay/transactions/out-trade-no/NOBODY004?mchid=1600000001"
    headers = {"Authorization": _authorization(shop.wx._core, "GET", path, ""), "User-Agent": "t"}
    response = requests.get(shop.sim.url + path, headers=headers, timeout=5)
    assert response.headers["X-Simulator"] == "1"
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Request-ID"].endswith("-268512771")


def test_unknown_interface_is_404(shop):
    status, _ = shop.wx._core.request("/v3/marketing/anything", RequestType.GET)
    assert status == 404
