"""What notifications tell of the APIv3 key, where WeChat has nothing else that it encrypts with it."""

from __future__ import annotations

from core.clock import travel
from core.db import db
from core.payments import check, profiles, service
from core.payments.heard import Heard, notifications
from tests.core.payments.conftest import eventually, profile_data
from tests.core.payments.test_check import entered


def stored_key(paying):
    """What a check of the stored keys finds about the APIv3 key."""
    steps = check.check_profile(entered(paying.account, private_key_pem=None, apiv3_key=None))
    return steps[-1].step, steps[-1].ok, steps[-1].message


def test_notification_that_was_decrypted_proves_the_stored_key(paying):
    with paying.shop.bound():
        order_id = paying.order()
        assert stored_key(paying) == ("decrypt", None, "用微信支付公钥时，只有付款通知才用到这个密钥，现在只能检查长度")
        paying.pay(order_id)
        eventually(lambda: paying.state(order_id) == "paid")
        assert stored_key(paying) == ("decrypt", True, "已用它解开微信的付款通知")
        typed = check.check_profile(entered(paying.account, apiv3_key="x" * 32))
        assert (typed[-1].step, typed[-1].ok) == ("decrypt", None)


def test_payments_without_a_notification_make_one_wonder(paying):
    paying.fault("drop", event="TRANSACTION.SUCCESS", args={"all": True})
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        with travel(61):
            service.check_due()
        assert paying.state(order_id) == "paid"
        assert notifications() == Heard(None, silent=False)
        with travel(700):
            assert notifications() == Heard(None, silent=True)
            assert stored_key(paying)[1:] == (
                None, "有顾客付了款，但没有收到能解开的付款通知；钱已到账，订单由系统主动查询确认"
            )


def test_new_keys_are_not_proved_by_what_came_before(paying):
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        eventually(lambda: paying.state(order_id) == "paid")
        profiles.save_profile(profile_data(paying.account))
        db.session.commit()
        assert notifications() == Heard(None, silent=False)
