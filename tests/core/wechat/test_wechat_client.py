"""`WeixinClient` on the wire: what it sends, what it makes of the answers (wechat.md §5)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog.testing
from redis import Redis

from core.wechat.client import WeixinClient, WxPhone, WxSession
from core.wechat.errors import (
    CodeInvalid,
    NotSubscribed,
    Rejected,
    Retryable,
    TokenRefused,
    Unknown,
    UserBlocked,
    WechatError,
)
from core.wechat.shipping import Logistics, OrderState, Shipment
from core.wechat.subscribe import SubscribeMessage, Template, fit
from core.wechat.tokens import WeixinApp
from tests.core.wechat.wire import Reply, Seen, Wire

APP = WeixinApp("demo", "wx2421b1c4370ec43b", "c0ffee-secret")
TRANSACTION_ID = "4200000000202611201234567890"


@pytest.fixture
def client(wire: Wire, redis: Redis) -> WeixinClient:
    return WeixinClient(APP, redis, wire.url)


def plain(data: Any) -> Reply:
    return Reply.json(data, headers={})


def script(wire: Wire, *answers: Any) -> None:
    """Answers in turn; every token asked for is a new one."""
    left, tokens = iter(answers), iter(range(1, 10))

    def answer(seen: Seen) -> Reply:
        if seen.path == "/cgi-bin/stable_token":
            return plain({"access_token": f"token{next(tokens)}", "expires_in": 7200})
        reply = next(left)
        return reply if isinstance(reply, Reply) else plain(reply)

    wire.answer = answer


def calls(wire: Wire) -> list[tuple[str, str, dict[str, list[str]]]]:
    parts = [(seen.method, urlsplit(seen.path)) for seen in wire.seen]
    return [(method, url.path, parse_qs(url.query)) for method, url in parts if url.path != "/cgi-bin/stable_token"]


def message(**changes: Any) -> SubscribeMessage:
    standard = {"openid": "oUser", "template_id": "tpl", "values": {"thing1": "可口可乐"}, "page": "pages/order?id=1"}
    return SubscribeMessage(**standard | changes)


def shipment(**changes: Any) -> Shipment:
    standard = {
        "transaction_id": TRANSACTION_ID,
        "openid": "oUser",
        "logistics_type": Logistics.PICKUP,
        "item_desc": "可口可乐 330ml × 3",
        "upload_time": datetime(2026, 11, 20, 3, 0, 0, 123456, tzinfo=UTC),
    }
    return Shipment(**standard | changes)


def test_login_code_becomes_a_session(wire: Wire, client: WeixinClient) -> None:
    script(wire, {"openid": "oUser", "session_key": "c2Vzc2lvbg==", "unionid": "u1"})
    session = client.code2session("code&1")
    assert session == WxSession("oUser", "c2Vzc2lvbg==", "u1")
    assert "c2Vz" not in repr(session)
    query = {"appid": [APP.appid], "secret": [APP.secret], "js_code": ["code&1"], "grant_type": ["authorization_code"]}
    assert calls(wire) == [("GET", "/sns/jscode2session", query)]


def test_token_is_asked_for_once_and_sent_with_every_call(wire: Wire, client: WeixinClient) -> None:
    script(wire, {"errcode": 0, "is_trade_managed": True}, {"errcode": 0, "is_trade_managed": False})
    assert [client.is_trade_managed(), client.is_trade_managed()] == [True, False]
    assert [query["access_token"] for _, _, query in calls(wire)] == [["token1"], ["token1"]]
    assert wire.seen[0].json() == {
        "grant_type": "client_credential",
        "appid": APP.appid,
        "secret": APP.secret,
        "force_refresh": False,
    }
    assert len(wire.seen) == 3


@pytest.mark.parametrize("errcode", [40001, 42001, 40014])
def test_refused_token_is_replaced_once(wire: Wire, client: WeixinClient, errcode: int) -> None:
    script(wire, {"errcode": errcode, "errmsg": "invalid credential"}, {"errcode": 0, "is_trade_managed": True})
    assert client.is_trade_managed()
    assert [query["access_token"] for _, _, query in calls(wire)] == [["token1"], ["token2"]]


def test_token_refused_twice_is_retryable_and_not_asked_a_third_time(wire: Wire, client: WeixinClient) -> None:
    refused = {"errcode": 40001, "errmsg": "invalid credential"}
    script(wire, refused, refused)
    with pytest.raises(TokenRefused):
        client.is_trade_managed()
    assert len(calls(wire)) == 2


def test_phone_code_becomes_a_number(wire: Wire, client: WeixinClient) -> None:
    info = {"phoneNumber": "+8613800000000", "purePhoneNumber": "13800000000", "countryCode": "86", "watermark": {}}
    script(wire, {"errcode": 0, "phone_info": info})
    assert client.get_phone_number("code") == WxPhone("+8613800000000", "13800000000", "86")
    assert wire.seen[1].json() == {"code": "code"}


def test_qr_code_is_returned_as_bytes(wire: Wire, client: WeixinClient) -> None:
    script(wire, Reply(body=b"\xff\xd8jpeg", headers={}, content_type="image/jpeg"))
    assert client.get_unlimited_qrcode("p=1a", "/pages/index") == b"\xff\xd8jpeg"
    assert wire.seen[1].json() == {
        "scene": "p=1a",
        "page": "pages/index",
        "check_path": True,
        "env_version": "release",
        "width": 430,
    }


def test_qr_code_refused_comes_as_json_on_the_same_address(wire: Wire, client: WeixinClient) -> None:
    script(wire, {"errcode": 41030, "errmsg": "invalid page rid: 6566-1"}, {"errcode": 0})
    with pytest.raises(Rejected) as caught:
        client.get_unlimited_qrcode("p=1a", "pages/none")
    assert (caught.value.wx_code, caught.value.request_id) == ("41030", "6566-1")
    with pytest.raises(Unknown):
        client.get_unlimited_qrcode("p=1a", "pages/none")


@pytest.mark.parametrize("scene", ["", "a" * 33, "100%", "中文", "a b"])
def test_scene_wechat_would_refuse_is_not_sent(wire: Wire, client: WeixinClient, scene: str) -> None:
    with pytest.raises(ValueError, match="scene"):
        client.get_unlimited_qrcode(scene, "pages/index")
    assert wire.seen == []


def test_subscribe_message_goes_out_as_utf8_with_fitted_values(wire: Wire, client: WeixinClient) -> None:
    script(wire, {"errcode": 0, "errmsg": "ok", "msgid": 2199})
    assert client.send_subscribe_message(message(values={"thing1": "可口可乐" * 9, "amount2": "￥12.50"})) == "2199"
    body = wire.seen[1].body
    assert "可口可乐".encode() in body
    assert b"\\u" not in body
    assert json.loads(body) == {
        "touser": "oUser",
        "template_id": "tpl",
        "miniprogram_state": "formal",
        "lang": "zh_CN",
        "page": "pages/order?id=1",
        "data": {"thing1": {"value": "可口可乐可口可乐可口可乐可口可乐可口可…"}, "amount2": {"value": "￥12.50"}},
    }


def test_pickup_is_uploaded_by_transaction_id_as_one_parcel(wire: Wire, client: WeixinClient) -> None:
    script(wire, {"errcode": 0})
    client.upload_shipping_info(shipment(item_desc="长" * 200))
    assert wire.seen[1].json() == {
        "order_key": {"order_number_type": 2, "transaction_id": TRANSACTION_ID},
        "logistics_type": 4,
        "delivery_mode": 1,
        "shipping_list": [{"item_desc": "长" * 120}],
        "upload_time": "2026-11-20T11:00:00.123+08:00",
        "payer": {"openid": "oUser"},
    }


def test_express_is_uploaded_with_number_company_and_masked_contact(wire: Wire, client: WeixinClient) -> None:
    script(wire, {"errcode": 0})
    parcel = {"tracking_no": "SF1", "express_company": "SF", "receiver_contact": "189****1234"}
    client.upload_shipping_info(shipment(logistics_type=Logistics.EXPRESS, **parcel))
    assert wire.seen[1].json()["shipping_list"] == [
        {
            "item_desc": "可口可乐 330ml × 3",
            "tracking_no": "SF1",
            "express_company": "SF",
            "contact": {"receiver_contact": "189****1234"},
        }
    ]


def test_express_without_a_tracking_number_is_no_shipment() -> None:
    with pytest.raises(ValueError, match="tracking_no"):
        shipment(logistics_type=Logistics.EXPRESS)


def test_shipment_told_twice_is_no_error(wire: Wire, client: WeixinClient) -> None:
    script(wire, {"errcode": 10060023, "errmsg": "nothing changed"})
    client.upload_shipping_info(shipment())


def test_order_is_read(wire: Wire, client: WeixinClient) -> None:
    told = {
        "transaction_id": TRANSACTION_ID,
        "merchant_trade_no": "P202611200001",
        "paid_amount": 1250,
        "openid": "oUser",
        "order_state": 2,
        "pay_time": 1795142619,
        "shipping": {"finish_shipping": True},
    }
    script(wire, {"errcode": 0, "order": told})
    order = client.get_order(TRANSACTION_ID)
    assert (order.order_state, order.paid_fen, order.finish_shipping) == (OrderState.SHIPPED, 1250, True)
    assert order.pay_time == datetime.fromtimestamp(1795142619, UTC)


def test_templates_are_listed_and_added(wire: Wire, client: WeixinClient) -> None:
    listed = {"priTmplId": "tpl1", "title": "取货提醒", "content": "门店:{{thing1.DATA}}", "example": "", "type": 2}
    script(wire, {"errcode": 0, "data": [listed]}, {"errcode": 0, "priTmplId": "tpl2"})
    assert client.list_templates() == (Template("tpl1", "取货提醒", "门店:{{thing1.DATA}}", 2),)
    assert client.add_template("401", [1, 2], "取货通知") == "tpl2"
    assert [(method, path) for method, path, _ in calls(wire)] == [
        ("GET", "/wxaapi/newtmpl/gettemplate"),
        ("POST", "/wxaapi/newtmpl/addtemplate"),
    ]


ERRORS = [
    (-1, Retryable),
    (45009, Retryable),
    (45011, Retryable),
    (10060001, Retryable),
    (10060012, Retryable),
    (10060002, Rejected),
    (40029, CodeInvalid),
    (40163, CodeInvalid),
    (40226, UserBlocked),
    (43101, NotSubscribed),
    (47003, Rejected),
    (48001, Rejected),
]


@pytest.mark.parametrize(("errcode", "kind"), ERRORS)
def test_errcode_becomes_its_type(wire: Wire, client: WeixinClient, errcode: int, kind: type[WechatError]) -> None:
    script(wire, {"errcode": errcode, "errmsg": "text rid: 65663a-1b-2c"})
    with pytest.raises(WechatError) as caught:
        client.upload_shipping_info(shipment())
    error = caught.value
    assert (type(error), error.wx_code, error.request_id) == (kind, str(errcode), "65663a-1b-2c")


BROKEN = [
    Reply(status=502, body=b"<html>", headers={}, content_type="text/html"),
    Reply(body=b"not json", headers={}),
    Reply(body=b"[]", headers={}),
]


@pytest.mark.parametrize("reply", BROKEN)
def test_answer_that_is_none_is_unknown_for_a_write(wire: Wire, client: WeixinClient, reply: Reply) -> None:
    script(wire, reply)
    with pytest.raises(Unknown):
        client.send_subscribe_message(message())


@pytest.mark.parametrize("reply", BROKEN)
def test_answer_that_is_none_is_retryable_for_a_read(wire: Wire, client: WeixinClient, reply: Reply) -> None:
    script(wire, reply)
    with pytest.raises(Retryable) as caught:
        client.code2session("code")
    assert type(caught.value) is Retryable


def test_answer_that_lacks_a_field_is_unknown(wire: Wire, client: WeixinClient) -> None:
    script(wire, {"openid": "oUser"})
    with pytest.raises(Unknown, match="session_key"):
        client.code2session("code")


def test_neither_log_nor_error_show_secret_token_or_code(wire: Wire, client: WeixinClient, redis: Redis) -> None:
    script(wire, {"errcode": 0, "is_trade_managed": True})
    nobody = WeixinClient(WeixinApp("demo", "wx9", APP.secret), redis, "http://127.0.0.1:9")
    with structlog.testing.capture_logs() as entries:
        client.is_trade_managed()
        with pytest.raises(Retryable) as caught:
            nobody.code2session("code-of-login")
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    told = json.dumps(entries, default=str) + str(error) + repr(error)
    assert [word for word in (APP.secret, "token1", "code-of-login", "openid") if word in told] == []


FITTED = [
    ("thing1", "二十个字以内原样保留", "二十个字以内原样保留"),
    ("thing1", "一" * 20, "一" * 20),
    ("thing12", "一" * 21, "一" * 19 + "…"),
    ("thing1", " 换\n行\t与  空格 ", "换 行 与 空格"),
    ("thing1", "", "无"),
    ("character_string2", "NO-2026号 1", "NO-20261"),
    ("character_string2", "号", "-"),
    ("phrase3", "已完成，配送了", "已完成配送"),
    ("phrase3", "ok", "无"),
    ("name4", "取货联系人" * 3, "取货联系人取货联系人"),
    ("name4", "A" * 20, "A" * 20),
    ("name4", "A" * 23, "A" * 20),
    ("letter5", "abc123", "abc"),
    ("symbol5", "######", "#####"),
    ("phone_number6", "+86 138-0000-0000-1", "+86 138-0000-0000"),
    ("car_number7", "粤B123456789", "粤B123456"),
    ("number8", "1" * 40, "1" * 32),
    ("amount9", "￥1234567890.12元", "￥1234567890.12元"),
    ("time10", "2019年10月1日 15:01~16:00", "2019年10月1日 15:01~16:00"),
    ("enum11", "配送中", "配送中"),
    ("date12", "", "-"),
]


@pytest.mark.parametrize(("key", "value", "fitted"), FITTED)
def test_value_is_fitted_to_its_kind(key: str, value: str, fitted: str) -> None:
    assert fit(key, value) == fitted
