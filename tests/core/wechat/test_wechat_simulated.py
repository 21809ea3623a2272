"""`PayGateway` and `WeixinClient` against the simulator process: whole stories, and its catalogue of faults."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from redis import Redis

from core.clock import now, shop_time, travel
from core.wechat import transport
from core.wechat.client import WeixinClient
from core.wechat.errors import (
    AlreadyPaid,
    Closed,
    CodeInvalid,
    NotEnough,
    NotFound,
    NotSubscribed,
    Rejected,
    Retryable,
    SignatureInvalid,
    Unknown,
    UnverifiedAnswer,
    WechatError,
)
from core.wechat.gateway import PayGateway
from core.wechat.shipping import Logistics, OrderState, Shipment
from core.wechat.subscribe import SubscribeMessage
from core.wechat.tokens import WeixinApp
from core.wechat.types import JsapiOrder, NotifyEvent, PayProfile, RefundOrder
from simulator.testing import Remote, process
from tests.core.wechat.wire import Reply, Seen, Wire

APPIDS = {"direct": "wx00000000000direct", "partner": "wx0000000000partner"}
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def sim() -> Iterator[Remote]:
    with process() as remote:
        yield remote


@pytest.fixture(scope="module")
def profiles(sim: Remote) -> dict[str, PayProfile]:
    return {mode: _profile(sim.provision(appid, mode=mode)) for mode, appid in APPIDS.items()}


def _profile(told: dict[str, str]) -> PayProfile:
    names = [
        "mode",
        "appid",
        "mchid",
        "sub_mchid",
        "sub_appid",
        "cert_serial_no",
        "private_key_pem",
        "apiv3_key",
        "verify_mode",
        "wxpay_public_key_pem",
        "wxpay_public_key_id",
        "base_url",
    ]
    return PayProfile(tenant_key="demo", key_version=1, **{name: told[name] for name in names})


@pytest.fixture(autouse=True)
def calm(sim: Remote) -> None:
    """Every test begins without faults and orders."""
    sim.post("reset")


class Shop:
    """A merchant, a buyer, and the address WeChat calls."""

    def __init__(self, sim: Remote, profile: PayProfile, wire: Wire) -> None:
        wire.always(Reply(status=204, headers={}))
        self.sim, self.profile, self.wire = sim, profile, wire
        self.gateway = PayGateway(profile)
        self.openid = sim.login(profile.payer_appid, "buyer")["openid"]

    def order(self, total_fen: int = 1250) -> JsapiOrder:
        return JsapiOrder(
            out_trade_no=f"P{next(_numbers):012d}",
            description="可口可乐 330ml 🥤",
            total_fen=total_fen,
            openid=self.openid,
            notify_url=f"{self.wire.url}/paid",
        )

    def pay(self, order: JsapiOrder) -> None:
        params = self.gateway.create_jsapi(order)
        assert self.sim.pay(params.as_dict(), self.openid)["errMsg"] == "requestPayment:ok"

    def paid(self) -> JsapiOrder:
        """An order, paid and notified."""
        order = self.order()
        self.pay(order)
        assert self.sim.wait()
        return order

    def refund_order(self, order: JsapiOrder, refund_fen: int) -> RefundOrder:
        return RefundOrder(
            out_refund_no=f"R{next(_numbers):012d}",
            out_trade_no=order.out_trade_no,
            refund_fen=refund_fen,
            total_fen=order.total_fen,
            notify_url=f"{self.wire.url}/refunded",
            reason="门店缺货",
        )

    def day(self, order: JsapiOrder) -> date:
        """The shop's day on which the order was paid."""
        return shop_time(self.gateway.query(order.out_trade_no).success_time).date()

    def told(self, path: str) -> Seen:
        """The last callback to this path."""
        return [seen for seen in self.wire.seen if seen.path == path][-1]

    def event(self, path: str) -> NotifyEvent:
        seen = self.told(path)
        return self.gateway.parse_notify(seen.headers, seen.body)


@pytest.fixture(params=["direct", "partner"])
def shop(request: pytest.FixtureRequest, sim: Remote, profiles: dict[str, PayProfile], wire: Wire) -> Shop:
    return Shop(sim, profiles[request.param], wire)


@pytest.fixture
def direct(sim: Remote, profiles: dict[str, PayProfile], wire: Wire) -> Shop:
    return Shop(sim, profiles["direct"], wire)


def test_paid_order_is_notified_as_it_is_queried(shop: Shop) -> None:
    order = shop.order()
    shop.gateway.create_jsapi(order)
    assert shop.gateway.query(order.out_trade_no).trade_state == "NOTPAY"
    shop.pay(order)
    assert shop.sim.wait()
    event = shop.event("/paid")
    assert event.trade == shop.gateway.query(order.out_trade_no)
    assert event.trade == shop.gateway.query_transaction(event.trade.transaction_id)
    assert (event.trade.total_fen, event.trade.openid, event.trade.paid) == (1250, shop.openid, True)
    assert event.replay_key == ("transaction", event.trade.transaction_id, "SUCCESS")


def test_unknown_order_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.gateway.query("P-unknown-1")
    with pytest.raises(NotFound):
        shop.gateway.query_refund("R-unknown-1")


def test_closed_order_can_be_closed_again_and_not_paid(shop: Shop) -> None:
    order = shop.order()
    shop.gateway.create_jsapi(order)
    shop.gateway.close(order.out_trade_no)
    shop.gateway.close(order.out_trade_no)
    assert shop.gateway.query(order.out_trade_no).trade_state == "CLOSED"
    with pytest.raises(Closed):
        shop.gateway.create_jsapi(order)


def test_paid_order_can_be_neither_closed_nor_ordered_again(shop: Shop) -> None:
    order = shop.paid()
    with pytest.raises(AlreadyPaid):
        shop.gateway.close(order.out_trade_no)
    with pytest.raises(AlreadyPaid):
        shop.gateway.create_jsapi(order)


def test_same_number_with_another_amount_is_rejected(shop: Shop) -> None:
    order = shop.order()
    shop.gateway.create_jsapi(order)
    with pytest.raises(Rejected) as caught:
        shop.gateway.create_jsapi(replace(order, total_fen=1))
    assert caught.value.numeric == "268498688"


def test_refund_is_accepted_notified_and_queried(shop: Shop) -> None:
    order = shop.paid()
    asked = shop.refund_order(order, 1250)
    first, second = shop.gateway.refund(asked), shop.gateway.refund(asked)
    assert (first.status, first.refund_fen, second.refund_id) == ("PROCESSING", 1250, first.refund_id)
    shop.sim.advance(60)
    event = shop.event("/refunded")
    assert (event.kind, event.refund.status) == ("refund", "SUCCESS")
    assert event.replay_key == ("refund", first.refund_id, "SUCCESS")
    assert shop.gateway.query_refund(asked.out_refund_no).status == "SUCCESS"
    assert shop.gateway.query(order.out_trade_no).trade_state == "REFUND"


NOTIFY_FAULTS = [
    ("tamper_signature", "signature"),
    ("tamper_body", "signature"),
    ("old_timestamp", "stale"),
    ("future_timestamp", "stale"),
    ("wrong_serial", "unknown_serial"),
    ("unknown_pub_key_id", "unknown_serial"),
    ("missing_sigtype", "signature_type"),
    ("sigtest_probe", "signature"),
    ("bad_aes_tag", "decrypt"),
    ("wrong_apiv3_key", "decrypt"),
]


@pytest.mark.parametrize(("fault", "reason"), NOTIFY_FAULTS)
def test_spoiled_notify_is_refused_for_its_reason(direct: Shop, fault: str, reason: str) -> None:
    direct.sim.fault(fault, {"event": "TRANSACTION.SUCCESS"}, times=1)
    direct.pay(direct.order())
    assert direct.sim.wait()
    seen = next(seen for seen in direct.wire.seen if seen.path == "/paid")
    with pytest.raises(SignatureInvalid) as caught:
        direct.gateway.parse_notify(seen.headers, seen.body)
    assert caught.value.reason == reason


def test_doubled_notify_has_one_replay_key(direct: Shop) -> None:
    direct.sim.fault("duplicate", {"event": "TRANSACTION.SUCCESS"}, args={"n": 3})
    direct.paid()
    events = [direct.gateway.parse_notify(seen.headers, seen.body) for seen in direct.wire.seen]
    assert len(events) >= 3
    assert len({event.replay_key for event in events}) == 1


def test_notify_forged_with_a_foreign_key_is_refused(direct: Shop) -> None:
    direct.sim.fault("forge", {"mchid": direct.profile.mchid}, times=1)
    order = direct.order()
    direct.gateway.create_jsapi(order)
    assert direct.sim.wait()
    with pytest.raises(SignatureInvalid) as caught:
        direct.event("/paid")
    assert caught.value.reason == "signature"
    assert not direct.gateway.query(order.out_trade_no).paid


def test_notify_replayed_to_another_merchant_is_refused(direct: Shop, profiles: dict[str, PayProfile]) -> None:
    direct.paid()
    seen = direct.told("/paid")
    with pytest.raises(SignatureInvalid) as caught:
        PayGateway(profiles["partner"]).parse_notify(seen.headers, seen.body)
    assert caught.value.reason == "decrypt"


def test_notify_replayed_to_another_tenant_of_the_provider_is_refused(
    sim: Remote, profiles: dict[str, PayProfile], wire: Wire
) -> None:
    shop = Shop(sim, profiles["partner"], wire)
    shop.paid()
    seen = shop.told("/paid")
    other = replace(profiles["partner"], sub_mchid="1900000201", sub_appid="wx00000000000second")
    with pytest.raises(SignatureInvalid) as caught:
        PayGateway(other).parse_notify(seen.headers, seen.body)
    assert caught.value.reason == "merchant"


def test_notify_kept_for_ten_minutes_is_stale(direct: Shop) -> None:
    direct.paid()
    with travel(600), pytest.raises(SignatureInvalid) as caught:
        direct.event("/paid")
    assert caught.value.reason == "stale"


API_FAULTS = [
    ("429", Retryable),
    ("500", Unknown),
    ("502", Unknown),
    ("connection_reset", Unknown),
    ("reset_after_commit", Unknown),
    ("500_after_commit", Unknown),
    ("hang_after_commit", Unknown),
    ("hang", Unknown),
    ("tamper_response_signature", UnverifiedAnswer),
    ("sigtest_response", UnverifiedAnswer),
    ("missing_sig_headers", UnverifiedAnswer),
    ("truncated_json", Unknown),
]


@pytest.mark.parametrize(("fault", "kind"), API_FAULTS)
def test_disturbed_order_is_repeated_with_the_same_number(
    direct: Shop, fault: str, kind: type[WechatError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", (3, 0.5))
    arguments = {"args": {"seconds": 1}} if "hang" in fault else {}
    direct.sim.fault(fault, {"path": "/v3/pay/transactions/jsapi"}, times=1, **arguments)
    order = direct.order()
    with pytest.raises(kind):
        direct.gateway.create_jsapi(order)
    direct.pay(order)
    assert direct.gateway.query(order.out_trade_no).paid
    assert len(direct.sim.get("orders", mchid=direct.profile.mchid)["orders"]) == 1


def test_answer_in_a_wrong_charset_is_read(direct: Shop) -> None:
    order = direct.paid()
    direct.sim.fault("wrong_charset", {"path": "out-trade-no"}, times=1, args={"charset": "iso-8859-1"})
    assert direct.gateway.query(order.out_trade_no).trade_state_desc == "支付成功"


def test_user_who_pays_while_we_close_wins(direct: Shop) -> None:
    order = direct.order()
    direct.gateway.create_jsapi(order)
    direct.sim.fault("close_race", {"out_trade_no": order.out_trade_no}, times=1)
    with pytest.raises(AlreadyPaid):
        direct.gateway.close(order.out_trade_no)
    assert direct.gateway.query(order.out_trade_no).paid


def test_refund_the_merchant_cannot_cover_keeps_its_number(direct: Shop) -> None:
    order = direct.paid()
    asked = direct.refund_order(order, 1250)
    direct.sim.fault("refund_not_enough", {"mchid": direct.profile.mchid}, times=1)
    with pytest.raises(NotEnough):
        direct.gateway.refund(asked)
    assert direct.gateway.refund(asked).status == "PROCESSING"


def test_clock_of_the_server_that_is_wrong_is_noticed(direct: Shop) -> None:
    direct.sim.fault("clock_skew", args={"seconds": 900})
    with pytest.raises(WechatError):
        direct.gateway.create_jsapi(direct.order())


def test_bill_of_the_day_lists_what_was_paid_and_refunded(shop: Shop) -> None:
    order = shop.paid()
    shop.gateway.refund(shop.refund_order(order, 250))
    day = shop.day(order)
    with pytest.raises(NotFound):
        shop.gateway.trade_bill(day)
    shop.sim.advance(36 * 3600)
    bill = shop.gateway.trade_bill(day)
    rows = [row for row in bill.rows() if row.out_trade_no == order.out_trade_no]
    assert sorted((row.trade_state, row.total_fen, row.refund_fen) for row in rows) == [
        ("REFUND", 0, 250),
        ("SUCCESS", 1250, 0),
    ]
    assert bill.summary().count == 2


@pytest.mark.parametrize("fault", ["bill_not_ready", "bill_hash_mismatch"])
def test_bill_that_is_late_or_altered_is_an_error(direct: Shop, fault: str) -> None:
    day = direct.day(direct.paid())
    direct.sim.advance(36 * 3600)
    direct.sim.fault(fault, times=1)
    with pytest.raises((NotFound, Retryable)):
        direct.gateway.trade_bill(day)
    assert [row.total_fen for row in direct.gateway.trade_bill(day).rows()] == [1250]


@pytest.fixture
def client(sim: Remote, redis: Redis) -> WeixinClient:
    app = {"appid": APPIDS["direct"], "secret": "s" * 32}
    sim.post("apps", app | {"trade_managed": True})
    return WeixinClient(WeixinApp("demo", app["appid"], app["secret"]), redis, sim.url)


def test_login_code_is_good_once(sim: Remote, client: WeixinClient) -> None:
    told = sim.login(client.app.appid, "somebody")
    assert client.code2session(told["code"]).openid == told["openid"]
    with pytest.raises(CodeInvalid):
        client.code2session(told["code"])


def test_phone_code_gives_the_number(sim: Remote, client: WeixinClient) -> None:
    openid = sim.login(client.app.appid, "somebody")["openid"]
    told = sim.post("wallet/phone", {"appid": client.app.appid, "openid": openid, "phone": "13800000000"})
    assert client.get_phone_number(told["code"]).pure_phone == "13800000000"


DEAD_TOKENS = [("token_expired", {"errcode": 42001}), ("token_revoked_by_force_refresh", {})]


@pytest.mark.parametrize(("fault", "args"), DEAD_TOKENS)
def test_token_that_died_early_is_replaced(sim: Remote, client: WeixinClient, fault: str, args: dict) -> None:
    assert client.is_trade_managed()
    sim.fault(fault, {"appid": client.app.appid}, times=1, args=args)
    assert client.is_trade_managed()


def test_qr_code_is_an_image(client: WeixinClient) -> None:
    picture = client.get_unlimited_qrcode("p=1a", "pages/index/index", check_path=False)
    assert picture.startswith((b"\xff\xd8", b"\x89PNG"))


def test_one_permission_is_one_message(sim: Remote, client: WeixinClient) -> None:
    openid = sim.login(client.app.appid, "somebody")["openid"]
    template = client.add_template("1001", [1, 2], "取货提醒")
    assert template in {item.pri_tmpl_id for item in client.list_templates()}
    sim.post("wallet/subscribe", {"appid": client.app.appid, "openid": openid, "template_id": template})
    values = {"thing1": "一" * 30, "character_string2": "取货码 A1024"}
    message = SubscribeMessage(openid=openid, template_id=template, values=values)
    client.send_subscribe_message(message)
    with pytest.raises(NotSubscribed):
        client.send_subscribe_message(message)


def test_pickup_of_a_paid_order_is_told_once(sim: Remote, direct: Shop, client: WeixinClient) -> None:
    order = direct.paid()
    transaction_id = direct.gateway.query(order.out_trade_no).transaction_id
    assert client.get_order(transaction_id).order_state == OrderState.TO_SHIP
    shipment = Shipment(
        transaction_id=transaction_id,
        openid=direct.openid,
        logistics_type=Logistics.PICKUP,
        item_desc="可口可乐 330ml × 3",
        upload_time=now(),
    )
    sim.fault("10060001", {"appid": client.app.appid}, times=1)
    with pytest.raises(Retryable):
        client.upload_shipping_info(shipment)
    client.upload_shipping_info(shipment)
    client.upload_shipping_info(shipment)
    told = client.get_order(transaction_id)
    assert (told.order_state, told.paid_fen, told.finish_shipping) == (OrderState.SHIPPED, 1250, True)


def test_certificate_mode_follows_a_rotation_of_the_platform_key(wire: Wire) -> None:
    with process() as sim:
        told = sim.provision("wx000000000000cert", verify_mode="cert")
        shop = Shop(sim, _profile(told), wire)
        shop.paid()
        sim.post("keys/rotate", {"overlap": False})
        order = shop.order()
        shop.pay(order)
        assert sim.wait()
        assert shop.event("/paid").trade.out_trade_no == order.out_trade_no
