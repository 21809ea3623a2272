"""`jishi staff …`."""

from __future__ import annotations

from base64 import b64encode

import pytest
from click.testing import CliRunner, Result

from core.cli import main
from core.config import Config
from tests.core.console_http.acting import one
from tests.core.shops import Shop
from tests.core.staff.acting import OWNER, bind_app, login


@pytest.fixture
def run(config: Config):
    env = {
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "JISHI_MASTER_KEY": b64encode(config.master_key).decode(),
    }

    def call(*args: str) -> Result:
        return CliRunner().invoke(main, ["staff", *args], env=env)

    return call


def test_sole_owner_without_a_phone_gets_in_again(shop: Shop, run):
    bind_app(shop)
    assert login(shop).json["code"] == "second_factor_required"
    done = run("reset-two-factor", shop.ref.slug, OWNER)
    assert (done.exit_code, done.output) == (0, f"已关闭 {OWNER} 的两步验证\n")
    assert login(shop).status_code == 200
    line = one(shop, "SELECT actor, target FROM audit_log WHERE action = 'staff.two_factor.reset'")
    assert line == ("system", f"staff:{shop.staff_id}")


def test_refusals_are_one_line(shop: Shop, run):
    off = run("reset-two-factor", shop.ref.slug, OWNER)
    assert (off.exit_code, off.output) == (1, "Error: 两步验证没有开启\n")
    nobody = run("reset-two-factor", shop.ref.slug, "13000000000")
    assert (nobody.exit_code, nobody.output) == (1, "Error: 没有找到这位员工\n")
    nowhere = run("reset-two-factor", "no-such-shop", OWNER)
    assert (nowhere.exit_code, nowhere.output) == (1, "Error: 没有网址为 no-such-shop 的商户\n")
