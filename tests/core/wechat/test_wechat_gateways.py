"""One gateway per tenant and key version, built once, shared by all threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event

import pytest

from core.wechat import keys
from core.wechat.errors import ProfileInvalid
from core.wechat.gateways import PayGateways
from core.wechat.types import PayProfile
from tests.core.wechat import samples
from tests.core.wechat.wire import (
    PUBLIC_KEY_ID,
    Reply,
    Seen,
    Wire,
    certificate,
    private_pem,
    profile,
    public_pem,
    sealed,
    signed,
)

NOWHERE = "http://127.0.0.1:9"


def test_eight_threads_share_one_gateway_without_an_error(wire: Wire) -> None:
    wire.answer = lambda seen: Reply.json(samples.trade(out_trade_no=seen.path.split("/")[5].split("?")[0]))
    gateways, start = PayGateways(), Barrier(8)

    def work(thread: int) -> tuple[int, list[str]]:
        start.wait()
        gateway = gateways.get(profile(wire.url))
        numbers = [f"P2026-{thread}-{call}" for call in range(15)]
        assert [gateway.query(number).out_trade_no for number in numbers] == numbers
        return id(gateway), numbers

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    assert len({gateway for gateway, _ in results}) == 1
    assert len(wire.seen) == 120
    assert len({seen.authorization["nonce_str"] for seen in wire.seen}) == 120


def test_eight_threads_outlive_a_rotation_of_the_platform_key(wire: Wire) -> None:
    body = Reply.json(samples.trade()).body
    sealed_pem = sealed(certificate("newer", 0xB2), "certificate")
    listing = Reply.json({"data": [{"serial_no": "B2", "encrypt_certificate": sealed_pem}]}, headers={})

    def answer(seen: Seen) -> Reply:
        if seen.path == "/v3/certificates":
            return listing
        return Reply(body=body, headers=signed(body, by="newer", serial="B2"))

    wire.answer = answer
    by_certificate = profile(wire.url, verify_mode="cert", platform_certs=(certificate("platform", 0xA1),))
    gateway = PayGateways().get(by_certificate)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: gateway.query(samples.TRADE_NO).paid, range(40)))
    assert [seen.path for seen in wire.seen].count("/v3/certificates") == 1


def certificate_listing() -> Reply:
    sealed_pem = sealed(certificate("platform", 0xA1), "certificate")
    return Reply.json({"data": [{"serial_no": "A1", "encrypt_certificate": sealed_pem}]}, headers={})


def without_keys(wire: Wire) -> PayProfile:
    """A profile whose gateway asks the network while it is built."""
    return profile(wire.url, verify_mode="cert", wxpay_public_key_pem=None, wxpay_public_key_id=None)


def test_eight_threads_that_ask_at_once_build_once(wire: Wire) -> None:
    wire.always(replace(certificate_listing(), seconds=0.1))
    gateways, start = PayGateways(), Barrier(8)

    def work(_: int) -> int:
        start.wait()
        return id(gateways.get(without_keys(wire)))

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(8)))) == 1
    assert len(wire.seen) == 1


def test_slow_build_keeps_no_other_tenant_waiting(wire: Wire) -> None:
    arrived, leave = Event(), Event()

    def answer(seen: Seen) -> Reply:
        arrived.set()
        leave.wait(10)
        return certificate_listing()

    wire.answer = answer
    gateways = PayGateways()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(gateways.get, without_keys(wire))
        assert arrived.wait(10)
        assert gateways.get(profile(NOWHERE, tenant_key="other")).profile.tenant_key == "other"
        assert not slow.done()
        leave.set()
        assert slow.result(10).profile.tenant_key == "demo"


def test_same_version_is_built_once_and_a_new_one_anew() -> None:
    gateways = PayGateways()
    first = gateways.get(profile(NOWHERE))
    assert gateways.get(profile(NOWHERE)) is first
    assert gateways.get(profile(NOWHERE, key_version=2)) is not first
    assert gateways.get(profile(NOWHERE, tenant_key="other")) is not first


def test_gateway_used_least_recently_goes_first() -> None:
    gateways = PayGateways(maxsize=2)
    one, two = (gateways.get(profile(NOWHERE, tenant_key=name)) for name in ("one", "two"))
    gateways.get(profile(NOWHERE, tenant_key="one"))
    gateways.get(profile(NOWHERE, tenant_key="three"))
    assert gateways.get(profile(NOWHERE, tenant_key="one")) is one
    assert gateways.get(profile(NOWHERE, tenant_key="two")) is not two


def test_dropped_tenant_is_built_again_and_others_are_kept() -> None:
    gateways = PayGateways()
    mine, other = gateways.get(profile(NOWHERE)), gateways.get(profile(NOWHERE, tenant_key="other"))
    gateways.drop("demo")
    assert gateways.get(profile(NOWHERE)) is not mine
    assert gateways.get(profile(NOWHERE, tenant_key="other")) is other


def test_profile_that_fails_can_be_tried_again() -> None:
    gateways = PayGateways()
    broken = profile(NOWHERE, private_key_pem="nonsense")
    for _ in range(2):
        with pytest.raises(ProfileInvalid):
            gateways.get(broken)
    assert gateways.get(profile(NOWHERE)).profile.tenant_key == "demo"


def test_complete_profile_passes_the_check() -> None:
    keys.check_profile(profile(NOWHERE))
    keys.check_profile(profile(NOWHERE, verify_mode="cert", platform_certs=(certificate("platform"),)))
    bare = "".join(private_pem("merchant").splitlines()[1:-1])
    keys.check_profile(profile(NOWHERE, private_key_pem=bare))


WRONG = [
    ("appid", {"appid": "wx 1"}),
    ("mchid", {"mchid": "19000a"}),
    ("cert_serial_no", {"cert_serial_no": "xyz"}),
    ("apiv3_key", {"apiv3_key": "短" * 32}),
    ("apiv3_key", {"apiv3_key": "short"}),
    ("private_key_pem", {"private_key_pem": ""}),
    ("private_key_pem", {"private_key_pem": public_pem("platform")}),
    ("sub_mchid", {"mode": "partner"}),
    ("wxpay_public_key_id", {"wxpay_public_key_id": None}),
    ("wxpay_public_key_id", {"wxpay_public_key_id": "444F48"}),
    ("wxpay_public_key_pem", {"wxpay_public_key_pem": None}),
    ("wxpay_public_key_pem", {"wxpay_public_key_pem": "nonsense"}),
    ("platform_certs", {"platform_certs": ("nonsense",)}),
]


@pytest.mark.parametrize(("field", "change"), WRONG)
def test_profile_with_a_wrong_value_names_its_field(field: str, change: dict[str, object]) -> None:
    with pytest.raises(ProfileInvalid) as caught:
        keys.check_profile(replace(profile(NOWHERE), **change))
    assert caught.value.field == field


def test_expired_certificate_is_not_trusted() -> None:
    assert keys.valid_certificates((certificate("old", 0xA1, age_days=400),)) == []


def test_serials_are_compared_as_numbers() -> None:
    assert keys.serial_key("00a1F") == "A1F"
    assert keys.serial_key(PUBLIC_KEY_ID) == PUBLIC_KEY_ID
