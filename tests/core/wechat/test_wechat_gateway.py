"""`PayGateway` on the wire: what it sends, what it makes of the answers."""

from __future__ import annotations

import base64
import gzip
import hashlib
from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from core.wechat.errors import (
    AlreadyPaid,
    Closed,
    NotEnough,
    NotFound,
    ProfileInvalid,
    Rejected,
    Retryable,
    Unknown,
    UnverifiedAnswer,
    WechatError,
    normalise,
)
from core.wechat.gateway import PayGateway
from core.wechat.types import PrepayParams, Refund, Trade
from core.wechat.watch import Call
from tests.core.wechat import samples
from tests.core.wechat.wire import (
    APPID,
    MCHID,
    PUBLIC_KEY_ID,
    SUB_APPID,
    SUB_MCHID,
    Reply,
    Wire,
    certificate,
    key,
    partner,
    profile,
    sealed,
    signed,
)

PREPAID = {"prepay_id": "wx201410272009395522657a690389285100"}


@pytest.fixture
def gateway(wire: Wire) -> PayGateway:
    return PayGateway(profile(wire.url))


def pay_sign_holds(params: PrepayParams) -> bool:
    text = f"{params.app_id}\n{params.time_stamp}\n{params.nonce_str}\n{params.package}\n".encode()
    key("merchant").public_key().verify(base64.b64decode(params.pay_sign), text, PKCS1v15(), SHA256())
    return True


def test_order_of_a_direct_merchant_sends_the_documented_body(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(PREPAID))
    expire = datetime(2026, 11, 20, 3, 0, 0, 999, tzinfo=UTC)
    gateway.create_jsapi(samples.order(time_expire=expire, attach="a", payer_client_ip="14.23.150.211"))
    (seen,) = wire.seen
    assert (seen.method, seen.path) == ("POST", "/v3/pay/transactions/jsapi")
    assert seen.json() == {
        "appid": APPID,
        "mchid": MCHID,
        "description": "可口可乐 330ml 🥤",
        "out_trade_no": samples.TRADE_NO,
        "notify_url": samples.PAY_NOTIFY,
        "amount": {"total": 1250, "currency": "CNY"},
        "payer": {"openid": samples.OPENID},
        "time_expire": "2026-11-20T11:00:00+08:00",
        "attach": "a",
        "scene_info": {"payer_client_ip": "14.23.150.211"},
    }
    assert seen.headers["wechatpay-serial"] == PUBLIC_KEY_ID
    assert seen.authorization["mchid"] == MCHID
    assert seen.signature_holds()


def test_order_of_a_partner_names_the_tenant_and_its_payer(wire: Wire) -> None:
    wire.always(Reply.json(PREPAID))
    params = PayGateway(partner(wire.url)).create_jsapi(samples.order())
    (seen,) = wire.seen
    assert seen.path == "/v3/pay/partner/transactions/jsapi"
    told = seen.json()
    assert told["payer"] == {"sub_openid": samples.OPENID}
    whose = {name: told[name] for name in ("sp_appid", "sp_mchid", "sub_appid", "sub_mchid")}
    assert whose == {"sp_appid": APPID, "sp_mchid": MCHID, "sub_appid": SUB_APPID, "sub_mchid": SUB_MCHID}
    assert params.app_id == SUB_APPID


def test_order_of_a_partner_without_own_appid_pays_in_the_providers(wire: Wire) -> None:
    wire.always(Reply.json(PREPAID))
    params = PayGateway(partner(wire.url, sub_appid=None)).create_jsapi(samples.order())
    assert wire.seen[0].json()["payer"] == {"sp_openid": samples.OPENID}
    assert "sub_appid" not in wire.seen[0].json()
    assert params.app_id == APPID


def test_prepay_params_are_signed_for_the_mini_program(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(PREPAID))
    params = gateway.create_jsapi(samples.order())
    assert params.prepay_id == PREPAID["prepay_id"]
    assert params.as_dict().keys() == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert (params.sign_type, len(params.nonce_str)) == ("RSA", 32)
    assert pay_sign_holds(params)
    assert pay_sign_holds(gateway.pay_params(params.prepay_id))


def test_long_description_is_cut_and_long_number_refused(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(PREPAID))
    gateway.create_jsapi(samples.order(description="长" * 200))
    assert wire.seen[0].json()["description"] == "长" * 127


@pytest.mark.parametrize("amount", [0, -1])
def test_order_below_one_fen_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="total_fen"):
        samples.order(total_fen=amount)


def test_refund_above_the_total_is_refused() -> None:
    with pytest.raises(ValueError, match="exceeds"):
        samples.refund_order(refund_fen=1251)


@pytest.mark.parametrize("url", ["https://shop.example/n?t=1", "shop.example/n", "https://shop.example/" + "n" * 255])
def test_notify_url_wechat_would_not_call_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="notify_url"):
        samples.order(notify_url=url)


def test_query_of_a_paid_order_returns_the_trade(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(samples.trade()))
    trade = gateway.query(samples.TRADE_NO)
    assert trade == Trade(
        out_trade_no=samples.TRADE_NO,
        trade_state="SUCCESS",
        trade_state_desc="支付成功",
        mchid=MCHID,
        appid=APPID,
        transaction_id=samples.TRANSACTION_ID,
        trade_type="JSAPI",
        bank_type="OTHERS",
        attach="",
        success_time=datetime(2026, 11, 20, 2, 43, 39, tzinfo=UTC),
        openid=samples.OPENID,
        total_fen=1250,
        payer_total_fen=1150,
        currency="CNY",
    )
    assert trade.paid
    assert wire.seen[0].path == f"/v3/pay/transactions/out-trade-no/{samples.TRADE_NO}?mchid={MCHID}"


def test_query_of_an_unpaid_order_leaves_the_rest_none(wire: Wire, gateway: PayGateway) -> None:
    told = {"appid": APPID, "mchid": MCHID, "out_trade_no": samples.TRADE_NO, "trade_state": "NOTPAY"}
    wire.always(Reply.json(told))
    trade = gateway.query(samples.TRADE_NO)
    assert (trade.paid, trade.transaction_id, trade.total_fen, trade.openid) == (False, None, None, None)


def test_refunded_order_counts_as_paid(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(samples.trade(trade_state="REFUND")))
    assert gateway.query_transaction(samples.TRANSACTION_ID).paid


def test_answer_about_another_order_counts_for_nothing(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(samples.trade(out_trade_no="P202611200002")))
    with pytest.raises(UnverifiedAnswer) as caught:
        gateway.query(samples.TRADE_NO)
    assert caught.value.reason == "mismatch"


@pytest.mark.parametrize("amount", [{"total": "1250"}, {"total": 12.5}])
def test_answer_with_a_wrong_amount_type_is_unknown(wire: Wire, gateway: PayGateway, amount: object) -> None:
    wire.always(Reply.json(samples.trade(amount=amount)))
    with pytest.raises(Unknown):
        gateway.query(samples.TRADE_NO)


def test_close_takes_a_signed_204(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply(status=204))
    gateway.close(samples.TRADE_NO)
    assert wire.seen[0].json() == {"mchid": MCHID}
    assert wire.seen[0].path == f"/v3/pay/transactions/out-trade-no/{samples.TRADE_NO}/close"


def test_close_of_a_closed_order_is_no_error(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.error(400, "ORDER_CLOSED"))
    gateway.close(samples.TRADE_NO)


def test_close_of_a_paid_order_says_so(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.error(400, "ORDERPAID"))
    with pytest.raises(AlreadyPaid):
        gateway.close(samples.TRADE_NO)


def test_refund_returns_what_was_accepted(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(samples.refund()))
    refund = gateway.refund(samples.refund_order())
    assert refund == Refund(
        out_refund_no=samples.REFUND_NO,
        refund_id="50000000382019052709732678859",
        out_trade_no=samples.TRADE_NO,
        transaction_id=samples.TRANSACTION_ID,
        status="PROCESSING",
        refund_fen=1250,
        total_fen=1250,
        payer_refund_fen=1150,
        payer_total_fen=1150,
        channel="ORIGINAL",
        user_received_account="招商银行信用卡0403",
        create_time=datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
    )
    assert wire.seen[0].json() == {
        "notify_url": samples.REFUND_NOTIFY,
        "out_refund_no": samples.REFUND_NO,
        "amount": {"refund": 1250, "total": 1250, "currency": "CNY"},
        "out_trade_no": samples.TRADE_NO,
        "reason": "门店缺货",
    }


def test_refund_of_a_partner_names_the_sub_merchant(wire: Wire) -> None:
    wire.always(Reply.json(samples.refund()))
    gateway = PayGateway(partner(wire.url))
    gateway.refund(samples.refund_order())
    gateway.query_refund(samples.REFUND_NO)
    assert wire.seen[0].json()["sub_mchid"] == SUB_MCHID
    assert wire.seen[1].path == f"/v3/refund/domestic/refunds/{samples.REFUND_NO}?sub_mchid={SUB_MCHID}"


ERRORS = [
    (400, "ORDERPAID", "0", AlreadyPaid),
    (403, "ORDER_PAID", "0", AlreadyPaid),
    (400, "INVALID_REQUEST", "268498689", AlreadyPaid),
    (400, "ORDER_CLOSED", "0", Closed),
    (400, "ORDERCLOSED", "0", Closed),
    (400, "INVALID_REQUEST", "268447914", Closed),
    (404, "ORDER_NOT_EXIST", "0", NotFound),
    (404, "ORDERNOTEXIST", "0", NotFound),
    (404, "RESOURCE_NOT_EXISTS", "0", NotFound),
    (404, "MCH_NOT_EXISTS", "0", Rejected),
    (403, "NOT_ENOUGH", "0", NotEnough),
    (403, "NOTENOUGH", "0", NotEnough),
    (429, "FREQUENCY_LIMITED", "0", Retryable),
    (202, "USER_PAYING", "0", Retryable),
    (500, "SYSTEM_ERROR", "0", Unknown),
    (500, "SYSTEMERROR", "0", Unknown),
    (500, "BANK_ERROR", "0", Unknown),
    (500, "OPENID_MISMATCH", "0", Rejected),
    (401, "SIGN_ERROR", "268443699", Rejected),
    (403, "NO_AUTH", "0", Rejected),
    (403, "OUT_TRADE_NO_USED", "0", Rejected),
    (400, "INVALID_REQUEST", "268498688", Rejected),
    (302, "", "0", Rejected),
]


@pytest.mark.parametrize(("status", "code", "numeric", "kind"), ERRORS)
def test_error_answer_becomes_its_type(
    wire: Wire, gateway: PayGateway, status: int, code: str, numeric: str, kind: type[WechatError]
) -> None:
    wire.always(Reply.error(status, code, numeric))
    with pytest.raises(WechatError) as caught:
        gateway.create_jsapi(samples.order())
    error = caught.value
    assert type(error) is kind
    assert (error.wx_code, error.wx_message) == (normalise(code), f"说明 {code}")
    assert (error.detail, error.request_id, error.numeric) == ({"field": "amount"}, f"08F3A1-{numeric}", numeric)


def test_error_message_for_people_is_ours_and_the_log_text_wechats(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.error(403, "NO_AUTH"))
    with pytest.raises(Rejected) as caught:
        gateway.create_jsapi(samples.order())
    assert caught.value.message == "微信拒绝了该请求，请联系商家"
    assert str(caught.value) == "微信拒绝了该请求，请联系商家 [NOAUTH 说明 NO_AUTH 08F3A1-268435461]"


def test_redirect_is_not_followed(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply(status=302, headers={"Location": "/v3/elsewhere"}))
    with pytest.raises(Rejected):
        gateway.query(samples.TRADE_NO)
    assert len(wire.seen) == 1


@pytest.mark.parametrize("missing", ["Wechatpay-Signature", "Wechatpay-Serial", "Wechatpay-Timestamp"])
def test_answer_without_a_signature_header_is_unknown(wire: Wire, gateway: PayGateway, missing: str) -> None:
    body = Reply.json(PREPAID).body
    headers = {name: value for name, value in signed(body).items() if name != missing}
    wire.always(Reply(body=body, headers=headers))
    with pytest.raises(Unknown):
        gateway.create_jsapi(samples.order())


def test_old_answer_is_unknown(wire: Wire, gateway: PayGateway) -> None:
    body = Reply.json(PREPAID).body
    wire.always(Reply(body=body, headers=signed(body, at=1_700_000_000)))
    with pytest.raises(UnverifiedAnswer) as caught:
        gateway.create_jsapi(samples.order())
    assert caught.value.reason == "stale"


def test_answer_in_a_strange_charset_is_verified_over_its_bytes(wire: Wire, gateway: PayGateway) -> None:
    body = Reply.json(samples.trade()).body
    wire.always(Reply(body=body, content_type="application/json; charset=iso-8859-1"))
    assert gateway.query(samples.TRADE_NO).trade_state_desc == "支付成功"


def by_certificate(wire: Wire, *pems: str) -> PayGateway:
    keys = {"wxpay_public_key_pem": None, "wxpay_public_key_id": None, "platform_certs": pems}
    return PayGateway(profile(wire.url, verify_mode="cert", **keys))


def certificates(*pems: str) -> Reply:
    items = [{"serial_no": "A1", "encrypt_certificate": sealed(pem, "certificate")} for pem in pems]
    return Reply.json({"data": items}, headers={})


def test_certificate_mode_fetches_certificates_when_it_has_none(wire: Wire) -> None:
    wire.always(certificates(certificate("platform", 0xA1)))
    gateway = by_certificate(wire)
    body = Reply.json(samples.trade()).body
    wire.always(Reply(body=body, headers=signed(body, serial="A1")))
    assert gateway.query(samples.TRADE_NO).paid
    assert [seen.path for seen in wire.seen][0] == "/v3/certificates"
    assert [seen.headers.get("wechatpay-serial") for seen in wire.seen] == [None, None]


def test_certificate_mode_survives_a_rotation_of_the_platform_key(wire: Wire) -> None:
    gateway = by_certificate(wire, certificate("platform", 0xA1))
    body = Reply.json(samples.trade()).body
    new = Reply(body=body, headers=signed(body, by="newer", serial="B2"))
    wire.in_turn(new, certificates(certificate("newer", 0xB2)), new)
    assert gateway.query(samples.TRADE_NO).paid
    assert gateway.query(samples.TRADE_NO).paid
    assert len(wire.seen) == 3


def test_certificate_mode_keeps_its_certificates_when_a_refresh_fails(wire: Wire) -> None:
    gateway = by_certificate(wire, certificate("platform", 0xA1))
    body = Reply.json(samples.trade()).body
    wire.in_turn(
        Reply(body=body, headers=signed(body, by="newer", serial="B2")),
        Reply.error(500, "SYSTEM_ERROR"),
        Reply(body=body, headers=signed(body, serial="00a1")),
    )
    with pytest.raises(UnverifiedAnswer):
        gateway.query(samples.TRADE_NO)
    assert gateway.query(samples.TRADE_NO).paid


def test_certificate_mode_without_any_certificate_is_no_gateway(wire: Wire) -> None:
    wire.always(Reply.error(403, "NO_AUTH"))
    with pytest.raises(ProfileInvalid):
        by_certificate(wire)


def test_public_key_mode_takes_a_certificate_signature_in_the_switching_period(wire: Wire) -> None:
    gateway = PayGateway(profile(wire.url, platform_certs=(certificate("older", 0xA1),)))
    body = Reply.json(samples.trade()).body
    wire.always(Reply(body=body, headers=signed(body, by="older", serial="A1")))
    assert gateway.query(samples.TRADE_NO).paid


def test_trade_bill_is_fetched_unpacked_and_compared(wire: Wire, gateway: PayGateway) -> None:
    text = "交易时间,商户号\r\n"
    digest = hashlib.sha1(text.encode()).hexdigest()
    link = {"hash_type": "SHA1", "hash_value": digest, "download_url": f"{wire.url}/v3/billdownload/file?token=t"}
    packed = Reply(body=gzip.compress(text.encode()), headers={}, content_type="application/gzip")
    wire.in_turn(Reply.json(link), packed)
    bill = gateway.trade_bill(date(2026, 11, 20))
    assert bill.text == text
    assert [seen.path for seen in wire.seen] == [
        "/v3/bill/tradebill?bill_date=2026-11-20&bill_type=ALL&tar_type=GZIP",
        "/v3/billdownload/file?token=t",
    ]


def test_trade_bill_that_differs_from_its_hash_is_retryable(wire: Wire, gateway: PayGateway) -> None:
    link = {"hash_type": "SHA1", "hash_value": "00", "download_url": f"{wire.url}/v3/billdownload/file"}
    wire.in_turn(Reply.json(link), Reply(body=gzip.compress(b"text"), headers={}))
    with pytest.raises(Retryable):
        gateway.trade_bill(date(2026, 11, 20))


def test_trade_bill_of_a_day_without_one_is_not_found(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.error(400, "NO_STATEMENT_EXIST"))
    with pytest.raises(NotFound):
        gateway.trade_bill(date(2026, 11, 20))


def test_every_call_is_observed(wire: Wire) -> None:
    calls: list[Call] = []
    gateway = PayGateway(profile(wire.url), observe=calls.append)
    wire.in_turn(Reply.json(samples.trade()), Reply.error(404, "ORDER_NOT_EXIST"))
    gateway.query(samples.TRADE_NO)
    with pytest.raises(NotFound):
        gateway.query(samples.TRADE_NO)
    assert [(call.service, call.operation, call.outcome, call.status) for call in calls] == [
        ("wxpay", "query", "ok", 200),
        ("wxpay", "query", "NotFound", 404),
    ]


def test_calls_share_one_connection(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(samples.trade()))
    for _ in range(3):
        gateway.query(samples.TRADE_NO)
    assert len(wire.connections) == 1


def test_proxies_of_the_environment_are_ignored(
    wire: Wire, gateway: PayGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    wire.always(Reply.json(samples.trade()))
    assert gateway.query(samples.TRADE_NO).paid
