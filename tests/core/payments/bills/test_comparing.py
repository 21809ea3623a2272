"""What is compared, and every kind of difference, with bills of the simulator."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from core.db import db
from core.payments import bills, differences, profiles, service
from tenants.models import PlatformSetting
from tests.core.payments.bills.conftest import Merchant
from tests.core.payments.conftest import profile_data

SOLD = 2560


def numbers(merchant):
    """out_trade_no by order."""
    return dict(merchant.rows("SELECT order_id, out_trade_no FROM payment"))


def test_day_without_differences_is_ok(merchant):
    first, _ = merchant.sell("ref-0001"), merchant.sell("ref-0002", "1")
    merchant.give_back(first)
    with merchant.until_bill():
        assert bills.compare_due() == 1
        assert (merchant.bill()["state"], merchant.differences()) == ("ok", [])
        assert merchant.sums() == (2, 2, 3840, 3840, 1, 1, 1280, 1280, 3, 0, 16)
        assert merchant.bill()["net_there_fen"] == 3840 - 1280 - 16
        assert merchant.rows("SELECT count(*) FROM bill_line") == [(0,)]


def test_row_that_only_wechat_has_is_missing_here(merchant):
    merchant.sell("ref-0001")
    merchant.paying.fault("bill_extra_row", times=1)
    with merchant.until_bill():
        bills.compare_due()
        ((subject, kind, number, there, here),) = merchant.differences()
        assert (subject, kind, number[:5], there, here) == ("payment", "missing_here", "EXTRA", SOLD, None)
        assert (merchant.bill()["state"], merchant.bill()["unresolved"]) == ("differs", 1)
        assert merchant.sums()[:4] == (2, 1, 2 * SOLD, SOLD)


def test_row_that_only_we_have_is_missing_there(merchant):
    sold = merchant.sell("ref-0001")
    merchant.sell("ref-0002")
    merchant.paying.fault("bill_missing_row", times=1)
    with merchant.until_bill():
        bills.compare_due()
        assert merchant.differences() == [("payment", "missing_there", numbers(merchant)[sold], None, SOLD)]
        assert merchant.sums()[:4] == (1, 2, SOLD, 2 * SOLD)


def test_refund_that_only_we_have_is_missing_there(merchant):
    sold = merchant.sell("ref-0001")
    merchant.give_back(sold)
    merchant.run("UPDATE refund SET out_refund_no = out_refund_no || 'x'")
    with merchant.until_bill():
        bills.compare_due()
        kinds = [(subject, kind, there, here) for subject, kind, _, there, here in merchant.differences()]
        assert kinds == [("refund", "missing_here", 1280, None), ("refund", "missing_there", None, 1280)]


@pytest.mark.parametrize("cents", [1, -60])
def test_other_amount_differs(merchant, cents):
    sold = merchant.sell("ref-0001")
    merchant.paying.fault("bill_amount_difference", times=1, args={"diff_fen": cents})
    with merchant.until_bill():
        bills.compare_due()
        assert merchant.differences() == [
            ("payment", "amount_differs", numbers(merchant)[sold], SOLD + cents, SOLD)
        ]


def test_number_of_another_day_is_no_difference(merchant):
    sold = merchant.sell("ref-0001")
    merchant.give_back(sold)
    merchant.run("UPDATE payment SET paid_at = paid_at - interval '2 days'")
    merchant.run("UPDATE refund SET accepted_at = NULL")
    with merchant.until_bill():
        bills.compare_due()
        assert merchant.bill()["state"] == "ok"
        assert merchant.sums()[:8] == (1, 1, SOLD, SOLD, 1, 1, 1280, 1280)
        assert merchant.rows("SELECT count(*) FROM refund WHERE accepted_at IS NOT NULL") == [(1,)]


def test_payment_we_gave_up_is_asked_for_again(merchant):
    sold = merchant.sell("ref-0001")
    merchant.run("UPDATE payment SET state = 'closed', transaction_id = NULL, paid_at = NULL")
    merchant.run("UPDATE orders SET state = 'closed', paid_at = NULL")
    with merchant.until_bill():
        bills.compare_due()
        assert merchant.differences() == [("payment", "missing_here", numbers(merchant)[sold], SOLD, None)]
        service.check_due()
        assert merchant.rows("SELECT state FROM payment") == [("paid",)]
        assert merchant.rows("SELECT kind, amount_fen FROM refund") == [("stray", SOLD)]
        merchant.again()
        assert (merchant.bill()["state"], merchant.differences()) == ("ok", [])


def test_money_of_another_shop_under_the_same_merchant_is_never_compared(paying, other_paying, wechat):
    """Two shops of one company share a merchant number: WeChat's bill holds the money of both."""
    appids = [paying.shop.appid, other_paying.shop.appid]
    wechat.call("PATCH", f"merchants/{paying.mchid}", {"appids": appids})
    with other_paying.shop.bound():
        profiles.save_profile(profile_data(paying.account) | {"appid": other_paying.shop.appid})
        db.session.commit()
        Merchant(other_paying).sell("ref-0001", "3")
    with paying.shop.bound():
        merchant = Merchant(paying)
        merchant.sell("ref-0001")
        with merchant.until_bill():
            bills.compare_due()
            assert (merchant.bill()["state"], merchant.differences()) == ("ok", [])
            assert merchant.sums() == (1, 1, SOLD, SOLD, 0, 0, 0, 0, 1, 1, 15)


def test_rows_of_the_providers_other_merchants_are_not_ours(paying, other_paying, wechat):
    """Under a service provider (服务商) each shop gets the bill of its own sub-merchant."""
    for sub in (paying, other_paying):
        become_sub_merchant(sub, wechat)
    with other_paying.shop.bound():
        Merchant(other_paying).sell("ref-0001", "3")
    with paying.shop.bound():
        merchant = Merchant(paying)
        merchant.sell("ref-0001")
        with merchant.until_bill():
            bills.compare_due()
            days = differences.days((merchant.day, merchant.day))
            told = {day["mode"]: (day["mchid"], day["payments_there"], day["paid_here_fen"]) for day in days}
            assert told["partner"] == (f"18{paying.shop.ref.id:08d}", 1, SOLD)
            db.session.execute(delete(PlatformSetting))
            db.session.commit()


def become_sub_merchant(paying, wechat):
    """From now on the shop is paid through a provider that the platform is."""
    appid = paying.shop.appid
    account = wechat.provision(appid, mode="partner", mchid="1900000109", sub_mchid=f"18{paying.shop.ref.id:08d}")
    with paying.shop.bound():
        if account["private_key_pem"]:
            profiles.save_provider(*provider_of(account))
        profiles.save_profile(
            {"mode": "partner", "appid": account["appid"], "mchid": account["mchid"]}
            | {"sub_mchid": account["sub_mchid"], "sub_appid": appid}
        )
        db.session.commit()


def provider_of(account):
    public = {name: account[name] for name in ("appid", "mchid", "cert_serial_no", "wxpay_public_key_id")}
    public |= {"verify_mode": "pubkey", "wxpay_public_key_pem": account["wxpay_public_key_pem"]}
    return public, {name: account[name] for name in ("private_key_pem", "apiv3_key")}
