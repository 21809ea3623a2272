"""`jishi operator …`."""

from __future__ import annotations

from base64 import b64encode

import pytest
from click.testing import CliRunner, Result

from core.cli import main
from core.config import Config
from core.operator import service
from core.operator.errors import WrongLogin
from tenants.provision import new_key
from tests.core.operator.conftest import PASSWORD


@pytest.fixture
def run(context, config: Config):
    env = {
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "JISHI_MASTER_KEY": b64encode(config.master_key).decode(),
    }

    def call(*args: str) -> Result:
        return CliRunner().invoke(main, ["operator", *args], env=env)

    return call


def test_operator_is_made_listed_and_disabled(run):
    login = f"c{new_key()[:8]}"
    made = run("create", login, "--name", "周平台", "--password", PASSWORD)
    assert (made.exit_code, made.output) == (0, f"已新建运营账号 {login}\n")
    assert f"{login}\t周平台\t启用\t仅密码\n" in run("list").output
    assert service.login(login, PASSWORD).needs_code is False
    assert run("password", login, "--password", "another long password").exit_code == 0
    with pytest.raises(WrongLogin):
        service.login(login, PASSWORD)
    assert run("disable", login).exit_code == 0
    assert f"{login}\t周平台\t停用\t仅密码\n" in run("list").output


def test_refusal_is_one_line(run):
    refused = run("create", "fine", "--name", "周平台", "--password", "short")
    assert (refused.exit_code, refused.output) == (1, "Error: 密码长度应为 12 到 128 位\n")
    unknown = run("password", "nobody-here", "--password", PASSWORD)
    assert (unknown.exit_code, unknown.output) == (1, "Error: 没有登录名为 nobody-here 的运营账号\n")
