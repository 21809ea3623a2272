"""Partner mode (服务商): only the provider holds keys, the money is the shop's."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, text

from core.cli import provider as command
from core.db import db
from core.payments import profiles, refunds
from core.payments.errors import AppidTaken
from tenants.models import PlatformSetting
from tests.core.payments.conftest import PayingShop, eventually
from tests.core.payments.test_paying import STAFF


@pytest.fixture
def sub_merchant(shop, wechat, served, app, monkeypatch, tmp_path) -> Iterator[PayingShop]:
    """A shop that is paid through the platform's provider account, whose keys came in by the command line."""
    account = wechat.provision(shop.appid, mode="partner", sub_mchid=f"16{shop.ref.id:08d}", replace=True)
    file = tmp_path / "provider.json"
    file.write_text(json.dumps(account))
    monkeypatch.setattr(command, "create_app", lambda: app)
    assert CliRunner().invoke(command.provider, [str(file)]).exit_code == 0
    paying = PayingShop.__new__(PayingShop)
    paying.shop, paying.wechat, paying.account, paying.mchid = shop, wechat, account, account["sub_mchid"]
    paying.openid = wechat.login(shop.appid, "a shopper")["openid"]
    with shop.bound():
        profiles.save_app(shop.appid, account["secret"], "app")
        profiles.save_profile(
            {"mode": "partner", "appid": account["appid"], "mchid": account["mchid"]}
            | {"sub_mchid": account["sub_mchid"], "sub_appid": shop.appid}
        )
        db.session.commit()
    yield paying
    with app.app_context():
        db.session.execute(delete(PlatformSetting))
        db.session.commit()


def test_sub_merchant_is_paid_and_refunds_through_the_provider(sub_merchant):
    with sub_merchant.shop.bound():
        order_id = sub_merchant.order()
        sub_merchant.pay(order_id)
        eventually(lambda: sub_merchant.state(order_id) == "paid")
        refunds.request_refund(order_id, refunds.Rest(), "不要了", STAFF, "key-1")
        db.session.commit()
        refunds.push_due()
        assert sub_merchant.rows("SELECT state, last_error FROM refund") == [("processing", None)]


def test_sub_merchants_schema_holds_no_key(sub_merchant):
    with sub_merchant.shop.bound():
        row = db.session.execute(text("SELECT private_key, apiv3_key FROM payment_profile")).one()
    assert tuple(row) == (None, None)


def test_mini_program_of_another_shop_is_refused(paying, other_paying):
    with other_paying.shop.bound(), pytest.raises(AppidTaken):
        profiles.save_app(paying.shop.appid, "secret", "stolen")
