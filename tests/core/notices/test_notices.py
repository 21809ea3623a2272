"""What WeChat and the shopper are told after the fact, through the simulator."""

import pytest
from sqlalchemy import text

from core.db import db
from core.host import outbox
from core.orders import service as orders
from core.orders.service import Actor
from core.payments import profiles
from core.settings.service import change
from tests.core.payments.conftest import PayingShop, eventually

STAFF = Actor("staff", 1)


@pytest.fixture
def paid(shop, wechat, served):
    """A paid order of a shopper whose openid is the one that paid."""
    paying = PayingShop(shop, wechat)
    with shop.bound():
        db.session.execute(text("UPDATE buyer_identity SET openid = :openid"), {"openid": paying.openid})
        db.session.commit()
        order_id = paying.order()
        paying.pay(order_id)
        eventually(lambda: paying.state(order_id) == "paid")
        yield paying, order_id


def grant(paying, times: int) -> str:
    template = profiles.weixin().add_template("1001", (1, 2, 3, 4, 5), "取货提醒")
    change({"message_ready": template})
    if times:
        paying.wechat.post(
            "wallet/subscribe",
            {"appid": paying.shop.appid, "openid": paying.openid, "template_id": template, "n": times},
        )
    db.session.execute(
        text("INSERT INTO message_grant (buyer_id, template, remaining) VALUES (:buyer, :template, 1)"),
        {"buyer": paying.shop.buyer_id, "template": template},
    )
    db.session.commit()
    return template


def remaining() -> int:
    return db.session.execute(text("SELECT remaining FROM message_grant")).scalar_one()


def deliver(order_id: int) -> list[tuple]:
    outbox.deliver_due()
    rows = db.session.execute(text("SELECT consumer, state FROM event_delivery WHERE consumer <> 'core.analytics'"
                                   " ORDER BY event_id, consumer"))
    return [tuple(row) for row in rows]


def test_ready_order_tells_the_shopper_once(paid):
    paying, order_id = paid
    grant(paying, 1)
    order = orders.mark_ready(order_id, STAFF)
    db.session.commit()
    assert deliver(order_id) == [("core.ready_message", "done")]
    sent = [m for m in paying.wechat.get("messages")["messages"] if m["openid"] == paying.openid]
    assert [m["data"]["character_string2"] for m in sent] == [order["pickup_code"]]
    assert sent[0]["data"]["thing1"] == "纯牛奶"
    assert remaining() == 0


def test_refused_message_spends_the_grant_and_is_no_failure(paid):
    paying, order_id = paid
    grant(paying, 0)
    orders.mark_ready(order_id, STAFF)
    db.session.commit()
    assert deliver(order_id) == [("core.ready_message", "done")]
    assert remaining() == 0


def test_handed_over_order_is_reported_as_shipped_also_when_wechat_is_late(paid):
    paying, order_id = paid
    paying.wechat.fault("10060001", {"appid": paying.shop.appid}, times=1)
    orders.mark_ready(order_id, STAFF)
    orders.hand_over(order_id, "picked_up", STAFF, "提货码")
    db.session.commit()
    assert deliver(order_id) == [("core.ready_message", "done"), ("core.shipping_info", "pending")]
    db.session.execute(text("UPDATE event_delivery SET due_at = now() WHERE state = 'pending'"))
    db.session.commit()
    assert deliver(order_id) == [("core.ready_message", "done"), ("core.shipping_info", "done")]
    paid_by = db.session.execute(text("SELECT transaction_id FROM payment")).scalar_one()
    uploads = paying.wechat.get("shipping")["shipping"]
    assert [u["logistics_type"] for u in uploads if u["transaction_id"] == paid_by] == [4]
