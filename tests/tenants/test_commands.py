"""`jishi db` and `jishi tenant` as somebody at a terminal uses them."""

from __future__ import annotations

from base64 import b64encode

import pytest
from click.testing import CliRunner

from core.cli import main
from core.migrations import HISTORY
from tenants import history as histories
from tenants.urls import connect
from tests.tenants.conftest import MASTER_KEY, new_database


@pytest.fixture(scope="module")
def database(postgres_url):
    with new_database(postgres_url) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def jishi(database, monkeypatch):
    """Runs `jishi …`; returns exit code and output."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("JISHI_MASTER_KEY", b64encode(MASTER_KEY).decode())
    monkeypatch.setenv("WXPAY_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("WXAPI_BASE_URL", "http://127.0.0.1:1")

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return run


@pytest.fixture
def shop(jishi):
    """The slug of an open shop."""
    jishi("db", "migrate")
    slug = f"cli{len(jishi('tenant', 'list')[1].splitlines())}"
    code, output = jishi("tenant", "create", slug, "邢台百货", "--phone", "13800138000", "--password", "correct horse")
    assert (code, f"已开通 邢台百货：{slug}.localhost" in output) == (0, True)
    return slug


def last_line(result: tuple[int, str]) -> tuple[int, str]:
    """Exit code and last line: log lines may stand before it."""
    code, output = result
    return code, output.splitlines()[-1]


def status_of(jishi, slug: str) -> str:
    (line,) = [line for line in jishi("tenant", "list")[1].splitlines() if f"\t{slug}\t" in line]
    return line.split("\t")[4]


def test_migrate_prepares_an_empty_database_and_fills_spares(jishi):
    head = histories.initial(HISTORY).end
    code, output = jishi("db", "migrate", "--spares", "2")
    assert (code, output.splitlines()[-1][:16]) == (0, "已迁移 0，失败 0，未尝试 0")
    code, output = jishi("db", "status")
    assert (code, output.splitlines()[0].split("\t")[:3]) == (0, ["core", head, "ok"])
    assert output.splitlines()[-1].endswith("落后 0")


def test_rendered_scripts_are_up_to_date(jishi):
    assert jishi("db", "render", "--check") == (0, "")


def test_lint_of_models_scripts_and_database_is_clean(jishi, shop):
    assert jishi("db", "lint", "--database") == (0, "")


def test_suspend_and_resume(jishi, database, shop):
    assert last_line(jishi("tenant", "suspend", shop)) == (0, f"已暂停 {shop}")
    assert status_of(jishi, shop) == "suspended"
    assert last_line(jishi("tenant", "suspend", shop)) == (1, "Error: 只有营业中的商户可以暂停")
    assert last_line(jishi("tenant", "resume", shop)) == (0, f"已恢复 {shop}")
    assert status_of(jishi, shop) == "active"
    assert noted(database, shop) == [("tenant.suspend", "命令行"), ("tenant.reopen", "命令行")]


def noted(database: str, slug: str) -> list[tuple[str, str]]:
    """What the operators' log has of a shop."""
    query = (
        "SELECT l.action, l.operator FROM platform.operator_log l JOIN platform.tenant t ON t.id = l.tenant_id"
        " WHERE t.slug = %s ORDER BY l.id"
    )
    with connect(database) as connection:
        return connection.execute(query, [slug]).fetchall()


def test_export_import_delete_purge(jishi, database, shop, tmp_path):
    path = str(tmp_path / "shop.zip")
    code, output = jishi("tenant", "export", shop, path)
    assert (code, output.endswith(f"行到 {path}\n")) == (0, True)
    code, output = last_line(jishi("tenant", "import", path, f"{shop}copy"))
    assert (code, output.startswith(f"已恢复为 {shop}copy")) == (0, True)
    assert last_line(jishi("tenant", "delete", shop, "--yes")) == (0, f"已关闭 {shop}")
    assert (status_of(jishi, shop), noted(database, shop)) == ("closed", [("tenant.close", "命令行")])
    assert last_line(jishi("tenant", "purge")) == (0, "已删除 0 家商户的数据")
    assert last_line(jishi("tenant", "purge", "--days", "0")) == (0, "已删除 1 家商户的数据")
    assert status_of(jishi, shop) == "deleted"


def test_create_names_every_bad_field(jishi, shop):
    code, output = jishi("tenant", "create", "www", "店", "--phone", "1", "--password", "short")
    assert code == 1
    for part in ("slug: 网址 www 是保留名称", "phone: 请填写 11 位手机号", "password: 密码长度"):
        assert part in output


def test_create_of_a_used_slug_is_refused(jishi, shop):
    code, output = jishi("tenant", "create", shop, "店", "--phone", "13800138000", "--password", "correct horse")
    assert (code, output.strip()) == (1, f"Error: 店铺网址 {shop} 已被使用，请换一个")


def test_unknown_slug_is_said(jishi, shop):
    assert jishi("tenant", "suspend", "nobody") == (1, "Error: 没有网址为 nobody 的商户\n")
