"""The ports of `core.plugin.ports`, as plugins use them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.db import db
from core.errors import Unauthenticated
from core.payments import profiles
from core.plugin import BuyerFacts, NotYet, SkuFacts
from core.plugin import shop as shop_ports
from core.plugin.ports import Shop as Ports
from core.staff.errors import OtherStore, PermissionMissing
from tests.core.console_http.acting import actions, order, staff_token
from tests.core.extensions.conftest import switch
from tests.core.payments.conftest import PayingShop
from tests.core.shops import make_buyer


@pytest.fixture
def moody(shop):
    switch(shop, "moody")
    yield
    switch(shop)


@pytest.fixture
def ports(shop):
    with shop.bound():
        yield shop_ports()
        db.session.rollback()


def change(query: str, **values) -> None:
    db.session.execute(text(query), values)
    db.session.commit()


def test_ports_are_wired(ports):
    assert isinstance(ports, Ports)
    assert ports.settings("keeper") == {}


def test_buyers_are_found_by_number_and_phone(shop, ports):
    buyer_id, _ = make_buyer(shop)
    change("UPDATE buyer SET member_no = 'CJ-7', phone = '19922223333' WHERE id = :id", id=buyer_id)
    facts = BuyerFacts(buyer_id, "CJ-7", "3333")
    assert (ports.buyers.find(" CJ-7 "), ports.buyers.find("19922223333"), ports.buyers.find("3333")) == (facts, facts, None)
    assert ports.buyers.by_id([buyer_id, 10**12]) == {buyer_id: facts}
    change("UPDATE buyer SET erased_at = now() WHERE id = :id", id=buyer_id)
    assert (ports.buyers.by_id([buyer_id]), ports.buyers.find("CJ-7")) == ({}, None)


@pytest.fixture
def bought_elsewhere(other_shop):
    """The other shop's buyer of the same id has an order."""
    assert order(other_shop)


def test_orders_of_a_buyer_count_when_paid_and_kept(shop, bought_elsewhere, ports):
    before = ports.buyers.orders_of(shop.buyer_id)
    order(shop, paid=False)
    assert ports.buyers.orders_of(shop.buyer_id) == before
    first, second = order(shop), order(shop)
    assert ports.buyers.orders_of(shop.buyer_id) == before + 2
    whole = "UPDATE order_line SET refunded_quantity = quantity WHERE order_id = (SELECT id FROM orders WHERE number = :n)"
    change(whole, n=first)
    change("UPDATE orders SET state = 'cancelled' WHERE number = :n", n=second)
    assert ports.buyers.orders_of(shop.buyer_id) == before


def test_skus_are_found_by_code_and_barcode(shop, ports):
    sku_id = shop.skus["MILK"]
    barcode = db.session.execute(text("SELECT barcode FROM sku_barcode WHERE sku_id = :id"), {"id": sku_id}).scalar_one()
    product = db.session.execute(text("SELECT product_id FROM sku WHERE id = :id"), {"id": sku_id}).scalar_one()
    facts = SkuFacts(sku_id, "MILK", product, "纯牛奶", "", 1280, True)
    assert (ports.skus.find("MILK"), ports.skus.find(barcode), ports.skus.find("MIL")) == (facts, facts, None)
    assert ports.skus.by_id([sku_id, 10**12]) == {sku_id: facts}


def guarded(shop, token: str | None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return shop.app.test_request_context("/store/api/v1/x", headers=headers)


def test_guard_tells_buyer_and_staff(shop, moody, ports):
    with guarded(shop, shop.buyer_token):
        assert ports.guard.buyer() == shop.buyer_id
    with guarded(shop, None), pytest.raises(Unauthenticated):
        ports.guard.buyer()
    with guarded(shop, shop.staff_token):
        facts = ports.guard.staff("moody.edit", shop.store_id)
        assert (facts.id, facts.name, facts.role, facts.stores) == (shop.staff_id, "店长", "owner", None)
        assert {"moody.edit", "moody.see", "orders.view"} <= facts.permissions
        ports.guard.audit("moody.edit", "buyer:1", {"why": "test"})
        db.session.commit()
    assert actions(shop)[-1] == "moody.edit"
    with guarded(shop, staff_token(shop, "clerk")), pytest.raises(PermissionMissing) as refused:
        ports.guard.staff("moody.see", None)
    assert refused.value.message == "您的角色没有“看心情”权限"
    with guarded(shop, staff_token(shop, "manager", stores=(shop.store_id,))), pytest.raises(OtherStore):
        ports.guard.staff("moody.see", shop.store_id + 1)


def test_notice_is_sent_for_a_grant_and_waits_while_wechat_is_down(shop, wechat, ports):
    shop.appid, buyer_id = f"wxe{shop.ref.id:015x}", shop.buyer_id
    paying = PayingShop(shop, wechat)
    template = profiles.weixin().add_template("1001", (1, 2, 3, 4, 5), "取货提醒")
    names = ("thing1", "character_string2", "thing3", "time4", "thing5")
    values = dict.fromkeys(names, "12") | {"time4": "2026年1月2日 10:00"}

    def send(template: str = template) -> bool:
        return ports.notices.send(buyer_id, template, values, "pages/points")

    assert (send(), send("")) == (False, False)
    named = {"appid": shop.appid, "openid": paying.openid, "id": buyer_id}
    change("UPDATE buyer_identity SET appid = :appid, openid = :openid WHERE buyer_id = :id", **named)
    change("INSERT INTO message_grant (buyer_id, template, remaining) VALUES (:id, :t, 2)", id=buyer_id, t=template)
    granted = {"appid": shop.appid, "openid": paying.openid, "template_id": template, "n": 1}
    wechat.post("wallet/subscribe", granted)
    wechat.fault("-1", {"appid": shop.appid}, times=1)
    with pytest.raises(NotYet):
        send()
    assert (send(), left(buyer_id)) == (True, 1)
    assert (send(), left(buyer_id)) == (False, 0)
    sent = [m for m in wechat.get("messages")["messages"] if m["openid"] == paying.openid]
    assert [m["data"]["thing1"] for m in sent] == ["12"]


def left(buyer_id: int) -> int:
    remaining = text("SELECT remaining FROM message_grant WHERE buyer_id = :id")
    return db.session.execute(remaining, {"id": buyer_id}).scalar_one()
