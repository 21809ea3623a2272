"""One test per finding about wechatpayv3 2.0.4, named after its number in wechat.md §2.8."""

from __future__ import annotations

import hashlib
import json
import time
from decimal import Decimal

import pytest
import structlog.testing
from wechatpayv3.type import RequestType

from core.clock import travel
from core.wechat import transport
from core.wechat.bill import BillLink
from core.wechat.errors import (
    ProfileInvalid,
    Retryable,
    SignatureInvalid,
    Unknown,
    UnverifiedAnswer,
    WechatError,
)
from core.wechat.gateway import PayGateway
from tests.core.wechat import samples
from tests.core.wechat.wire import (
    APIV3_KEY,
    Reply,
    Wire,
    callback,
    certificate,
    partner,
    private_pem,
    profile,
    sealed,
    signed,
)

PREPAID = {"prepay_id": "wx201410272009395522657a690389285100"}


@pytest.fixture
def gateway(wire: Wire) -> PayGateway:
    return PayGateway(profile(wire.url))


def refusal(gateway: PayGateway, headers: dict[str, str], body: bytes) -> str:
    with pytest.raises(SignatureInvalid) as caught:
        gateway.parse_notify(headers, body)
    return caught.value.reason


@pytest.mark.parametrize("age", [301, -302, 86400])
def test_guard_1_notify_outside_five_minutes_is_refused(gateway: PayGateway, age: int) -> None:
    body = callback(samples.trade())
    assert refusal(gateway, signed(body, at=time.time() - age), body) == "stale"


def test_guard_1_notify_grows_stale_by_our_clock(gateway: PayGateway) -> None:
    body = callback(samples.trade())
    headers = signed(body)
    with travel(290):
        assert gateway.parse_notify(headers, body).kind == "transaction"
    with travel(310):
        assert refusal(gateway, headers, body) == "stale"


def test_guard_2_repeated_notify_has_one_replay_key(gateway: PayGateway) -> None:
    first, second = callback(samples.trade()), callback(samples.trade(), id="EV-another")
    events = [gateway.parse_notify(signed(body), body) for body in (first, first, second)]
    assert {event.replay_key for event in events} == {("transaction", samples.TRANSACTION_ID, "SUCCESS")}


def test_guard_3_unknown_hex_serial_is_refused_without_a_request(wire: Wire) -> None:
    gateway = PayGateway(profile(wire.url, verify_mode="cert", platform_certs=(certificate("platform"),)))
    body = callback(samples.trade())
    assert refusal(gateway, signed(body, serial="7777AAAA"), body) == "unknown_serial"
    assert wire.seen == []


def test_guard_4_unknown_public_key_id_is_refused(gateway: PayGateway) -> None:
    body = callback(samples.trade())
    assert refusal(gateway, signed(body, serial="PUB_KEY_ID_9999"), body) == "unknown_serial"


def test_guard_4_missing_signature_type_is_refused(gateway: PayGateway) -> None:
    body = callback(samples.trade())
    headers = signed(body)
    del headers["Wechatpay-Signature-Type"]
    assert refusal(gateway, headers, body) == "signature_type"


def test_guard_5_bad_signature_and_bad_cipher_are_refused(gateway: PayGateway) -> None:
    body = callback(samples.trade())
    assert refusal(gateway, signed(body, by="stranger"), body) == "signature"
    foreign = callback({}, resource=sealed("{}", "transaction", apiv3_key=APIV3_KEY[::-1]))
    assert refusal(gateway, signed(foreign), foreign) == "decrypt"


@pytest.mark.parametrize("number", ["P2026|0001", "P2026*0001", "P2026", "P" * 33, "P/20261", "订单20260001"])
def test_guard_6_number_outside_our_alphabet_is_never_sent(gateway: PayGateway, number: str) -> None:
    with pytest.raises(ValueError, match="out_trade_no"):
        samples.order(out_trade_no=number)
    with pytest.raises(ValueError, match="out_trade_no"):
        gateway.query(number)
    with pytest.raises(ValueError, match="out_trade_no"):
        gateway.close(number)


def test_guard_7_partner_without_sub_mchid_is_refused(wire: Wire) -> None:
    with pytest.raises(ProfileInvalid) as caught:
        PayGateway(partner(wire.url, sub_mchid=None))
    assert caught.value.field == "sub_mchid"


def test_guard_7_partner_query_names_both_merchants(wire: Wire) -> None:
    wire.always(Reply.json(samples.partner_trade()))
    PayGateway(partner(wire.url)).query(samples.TRADE_NO)
    path, _, query = wire.seen[0].path.partition("?")
    assert path == f"/v3/pay/partner/transactions/out-trade-no/{samples.TRADE_NO}"
    assert query == "sp_mchid=1900000109&sub_mchid=1900000200"


def test_guard_8_refund_carries_its_own_notify_url(wire: Wire, gateway: PayGateway) -> None:
    wire.in_turn(Reply.json(PREPAID), Reply.json(samples.refund()))
    gateway.create_jsapi(samples.order())
    gateway.refund(samples.refund_order())
    assert [seen.json()["notify_url"] for seen in wire.seen] == [samples.PAY_NOTIFY, samples.REFUND_NOTIFY]


def test_guard_8_refund_without_notify_url_is_no_refund() -> None:
    with pytest.raises(ValueError, match="notify_url"):
        samples.refund_order(notify_url="")


def test_guards_9_to_12_broken_calls_are_not_offered() -> None:
    offered = {name for name in vars(PayGateway) if not name.startswith("_")}
    assert offered == {
        "create_jsapi",
        "pay_params",
        "query",
        "query_transaction",
        "close",
        "refund",
        "query_refund",
        "parse_notify",
        "trade_bill",
        "trade_bill_file",
        "download_bill",
        "refresh_certificates",
    }


def test_guard_13_bill_of_another_host_is_fetched_from_our_gateway(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply(body=b"text", headers={}, content_type="text/plain"))
    link = BillLink("https://elsewhere.example/v3/billdownload/file?token=abc", hashlib.sha1(b"text").hexdigest())
    assert gateway.download_bill(link) == "text"
    assert wire.seen[0].path == "/v3/billdownload/file?token=abc"
    assert wire.seen[0].signature_holds()


def test_guard_14_signature_covers_the_bytes_that_are_sent(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(PREPAID))
    gateway.create_jsapi(samples.order())
    gateway._sdk._core.request("/v3/any", method=RequestType.POST, data={})
    assert [seen.signature_holds() for seen in wire.seen] == [True, True]
    assert wire.seen[1].body == b"{}"


@pytest.mark.parametrize("amount", [12.5, Decimal("12"), True, "1250"])
def test_guard_15_amount_that_is_not_int_fen_is_refused(amount: object) -> None:
    with pytest.raises(TypeError, match="int fen"):
        samples.order(total_fen=amount)
    with pytest.raises(TypeError, match="int fen"):
        samples.refund_order(refund_fen=amount)


def test_guard_16_log_errors_and_repr_hold_no_keys_or_bodies(wire: Wire, gateway: PayGateway) -> None:
    wire.in_turn(Reply.json(PREPAID), Reply.error(400, "PARAM_ERROR"))
    body = callback(samples.trade())
    with structlog.testing.capture_logs() as entries:
        gateway.create_jsapi(samples.order())
        gateway.parse_notify(signed(body), body)
        with pytest.raises(WechatError) as caught:
            gateway.query(samples.TRADE_NO)
    told = json.dumps(entries, default=str) + repr(caught.value) + repr(gateway.profile)
    secrets = [APIV3_KEY, private_pem("merchant")[40:80], samples.OPENID, "可口可乐", "WECHATPAY2", "wx2014"]
    assert [secret for secret in secrets if secret in told] == []


def test_guard_16_every_call_logs_its_request_id(wire: Wire, gateway: PayGateway) -> None:
    body = Reply.json(samples.trade()).body
    wire.always(Reply(body=body, headers=signed(body) | {"Request-ID": "08F3A1-0"}))
    with structlog.testing.capture_logs() as entries:
        gateway.query(samples.TRADE_NO)
    (entry,) = entries
    told = (entry["event"], entry["operation"], entry["status"], entry["request_id"])
    assert told == ("wxpay_call", "query", 200, "08F3A1-0")


@pytest.mark.filterwarnings("error")
def test_guard_17_encryption_in_certificate_mode_warns_of_nothing(wire: Wire) -> None:
    older = certificate("platform", 0xA1, age_days=100)
    gateway = PayGateway(profile(wire.url, verify_mode="cert", platform_certs=(older, certificate("newer", 0xB2))))
    core = gateway._sdk._core
    assert core._last_certificate().serial_number == 0xB2
    assert len(core.encrypt("收款人")) == 344


def test_guard_18_write_that_times_out_is_unknown_and_read_is_retryable(
    wire: Wire, gateway: PayGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert transport.TIMEOUT == (3, 10)
    monkeypatch.setattr(transport, "TIMEOUT", (3, 0.2))
    wire.always(Reply.json(PREPAID, seconds=0.6))
    with pytest.raises(Unknown):
        gateway.create_jsapi(samples.order())
    with pytest.raises(Retryable) as caught:
        gateway.query(samples.TRADE_NO)
    assert type(caught.value) is Retryable


@pytest.mark.parametrize("status", [500, 502, 503])
def test_guard_18_write_answered_5xx_is_unknown_and_read_is_retryable(
    wire: Wire, gateway: PayGateway, status: int
) -> None:
    wire.always(Reply(status=status, body=b"<html>Bad Gateway</html>", headers={}, content_type="text/html"))
    with pytest.raises(Unknown):
        gateway.refund(samples.refund_order())
    with pytest.raises(Retryable) as caught:
        gateway.query_refund(samples.REFUND_NO)
    assert type(caught.value) is Retryable


def test_guard_18_repeated_write_sends_the_identical_body(wire: Wire, gateway: PayGateway) -> None:
    wire.in_turn(Reply.error(500, "SYSTEM_ERROR"), Reply.json(PREPAID))
    with pytest.raises(Unknown):
        gateway.create_jsapi(samples.order())
    gateway.create_jsapi(samples.order())
    assert wire.seen[0].body == wire.seen[1].body


def test_guard_18_write_that_never_left_is_retryable_only() -> None:
    gateway = PayGateway(profile("http://127.0.0.1:9"))
    with pytest.raises(Retryable) as caught:
        gateway.create_jsapi(samples.order())
    assert type(caught.value) is Retryable


def test_guard_18_answer_cut_short_is_unknown_for_a_write(wire: Wire, gateway: PayGateway) -> None:
    wire.always(Reply.json(PREPAID, cut=True))
    with pytest.raises(Unknown):
        gateway.create_jsapi(samples.order())


def test_guard_19_forged_answer_is_an_error(wire: Wire, gateway: PayGateway) -> None:
    body = Reply.json(samples.trade()).body
    wire.always(Reply(body=body, headers=signed(body, by="stranger") | {"Request-ID": "08F3A1-0"}))
    with pytest.raises(UnverifiedAnswer) as caught:
        gateway.query(samples.TRADE_NO)
    assert (caught.value.reason, caught.value.status, caught.value.request_id) == ("signature", 503, "08F3A1-0")
    wire.always(Reply(body=body))
    assert gateway.query(samples.TRADE_NO).total_fen == 1250
