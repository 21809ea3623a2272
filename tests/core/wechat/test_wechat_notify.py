"""Callbacks: which are taken, as what, and why the others are not (wechat.md §4.8, steps 2–6)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import Headers

from core.wechat.errors import SignatureInvalid
from core.wechat.gateway import PayGateway
from core.wechat.types import PayProfile
from tests.core.wechat import samples
from tests.core.wechat.wire import callback, certificate, partner, profile, sealed, signed

NOWHERE = "http://127.0.0.1:9"


def gateway_of(make: Callable[..., PayProfile] = profile, **changes: object) -> PayGateway:
    return PayGateway(make(NOWHERE, **changes))


def refusal(gateway: PayGateway, headers: dict[str, str], body: bytes) -> tuple[str, int]:
    with pytest.raises(SignatureInvalid) as caught:
        gateway.parse_notify(headers, body)
    return caught.value.reason, caught.value.status


def test_payment_notify_becomes_a_trade() -> None:
    body = callback(samples.trade())
    event = gateway_of().parse_notify(signed(body), body)
    assert (event.kind, event.event_type, event.id) == (
        "transaction",
        "TRANSACTION.SUCCESS",
        "EV-2018022511223320873",
    )
    assert event.create_time == datetime(2026, 11, 20, 2, 43, 39, tzinfo=UTC)
    assert (event.trade.out_trade_no, event.trade.total_fen) == (samples.TRADE_NO, 1250)
    assert event.refund is None


def test_refund_notify_reads_its_state_under_the_other_name() -> None:
    body = callback(samples.refund_notice(), event="REFUND.SUCCESS")
    event = gateway_of().parse_notify(signed(body), body)
    assert (event.kind, event.refund.status, event.refund.refund_fen) == ("refund", "SUCCESS", 1250)
    assert event.replay_key == ("refund", "50000000382019052709732678859", "SUCCESS")


def test_partner_notify_names_the_sub_merchants_payer() -> None:
    body = callback(samples.partner_trade())
    event = gateway_of(partner).parse_notify(signed(body), body)
    assert (event.trade.openid, event.trade.sub_mchid) == (samples.OPENID, "1900000200")


def test_notify_about_something_else_is_verified_and_named() -> None:
    body = callback({"mchid": "1900000109", "complaint_id": "1"}, event="COMPLAINT.CREATE")
    event = gateway_of().parse_notify(signed(body), body)
    assert (event.kind, event.trade, event.refund) == ("other", None, None)
    assert event.replay_key == ("other", "EV-2018022511223320873", "COMPLAINT.CREATE")


def test_notify_headers_of_flask_and_of_any_case_are_read() -> None:
    body = callback(samples.trade())
    headers = signed(body)
    gateway = gateway_of()
    assert gateway.parse_notify(Headers(headers.items()), body).kind == "transaction"
    assert gateway.parse_notify({name.lower(): value for name, value in headers.items()}, body).kind == "transaction"


def test_notify_signed_by_a_certificate_is_taken_in_certificate_mode() -> None:
    gateway = gateway_of(verify_mode="cert", platform_certs=(certificate("platform", 0xA1),))
    body = callback(samples.trade())
    assert gateway.parse_notify(signed(body, serial="a1"), body).kind == "transaction"


def test_signature_probe_is_refused() -> None:
    body = callback(samples.trade())
    headers = signed(body) | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + "A" * 300}
    assert refusal(gateway_of(), headers, body) == ("signature", 401)


def test_body_altered_after_signing_is_refused() -> None:
    body = callback(samples.trade())
    assert refusal(gateway_of(), signed(body), body + b" ") == ("signature", 401)


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "1e9", "１７６３０００００", "9" * 5000])
def test_timestamp_that_is_no_number_of_seconds_is_stale(stamp: str) -> None:
    body = callback(samples.trade())
    assert refusal(gateway_of(), signed(body) | {"Wechatpay-Timestamp": stamp}, body) == ("stale", 401)


def test_notify_without_headers_is_refused() -> None:
    assert refusal(gateway_of(), {}, callback(samples.trade())) == ("stale", 401)


def test_notify_that_is_far_too_long_is_refused_unread() -> None:
    body = b" " * (256 * 1024 + 1)
    assert refusal(gateway_of(), signed(body), body) == ("body", 400)


UNREADABLE = [
    b"",
    b"[]",
    b"{}",
    b"\xff\xfe",
    json.dumps({"resource_type": "encrypt-resource", "resource": "x"}).encode(),
    callback(samples.trade(), resource_type="plain"),
    callback({"mchid": "1900000109"}, event="TRANSACTION.SUCCESS"),
    callback(samples.trade(amount={"total": "1250"})),
]


@pytest.mark.parametrize("body", UNREADABLE)
def test_signed_body_of_another_shape_is_refused(body: bytes) -> None:
    assert refusal(gateway_of(), signed(body), body)[0] in {"body", "merchant"}


UNDECIPHERABLE = [
    {},
    {"algorithm": "AEAD_SM4_GCM"},
    sealed("{}", "transaction") | {"ciphertext": "not base64!"},
    sealed("{}", "transaction") | {"nonce": ""},
    sealed("{}", "transaction") | {"associated_data": "refund"},
    sealed("{}", "transaction") | {"nonce": 7},
]


@pytest.mark.parametrize("resource", UNDECIPHERABLE)
def test_resource_that_does_not_open_is_refused(resource: dict[str, object]) -> None:
    body = callback({}, resource=resource)
    assert refusal(gateway_of(), signed(body), body) == ("decrypt", 401)


@pytest.mark.parametrize("change", [{"mchid": "1900000110"}, {"appid": "wx0000000000000000"}, {"mchid": None}])
def test_genuine_notify_about_another_merchant_is_refused(change: dict[str, str]) -> None:
    body = callback(samples.trade(**change))
    assert refusal(gateway_of(), signed(body), body) == ("merchant", 401)


@pytest.mark.parametrize(
    "change", [{"sp_mchid": "1"}, {"sub_mchid": "1900000201"}, {"sub_mchid": None}, {"sub_appid": "wx1"}]
)
def test_genuine_notify_about_another_tenant_of_the_provider_is_refused(change: dict[str, str]) -> None:
    body = callback(samples.partner_trade(**change))
    assert refusal(gateway_of(partner), signed(body), body) == ("merchant", 401)


def test_refund_notify_of_another_merchant_is_refused() -> None:
    body = callback(samples.refund_notice(mchid="1900000110"), event="REFUND.SUCCESS")
    assert refusal(gateway_of(), signed(body), body) == ("merchant", 401)
