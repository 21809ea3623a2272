"""`jishi plugin …` and `jishi db …` with plugins, as operators and authors use them."""

from __future__ import annotations

import shutil
import zipfile
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import main
from tests.core.switches import dummy
from tests.core.switches.packages import installed
from tests.tenants.conftest import MASTER_KEY, new_database

Jishi = Callable[..., tuple[int, str]]
HERE = "tests.core.switches"


@pytest.fixture(scope="module")
def database(postgres_url):
    with new_database(postgres_url) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def jishi(database, redis_url, monkeypatch, tmp_path) -> Jishi:
    """Runs `jishi …` with the dummy plugin and a stale one installed; returns exit code and output."""
    for name, value in {
        "DATABASE_URL": database,
        "REDIS_URL": redis_url,
        "JISHI_MASTER_KEY": b64encode(MASTER_KEY).decode(),
        "WXPAY_BASE_URL": "http://127.0.0.1:1",
        "WXAPI_BASE_URL": "http://127.0.0.1:1",
        "JISHI_PLUGINS": "dummy,stale",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(installed(tmp_path / "stale", "stale", f"{HERE}.gone:plugin"))
    monkeypatch.syspath_prepend(installed(tmp_path / "dummy", "dummy", f"{HERE}.dummy:plugin"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return run


@pytest.fixture
def shop(jishi: Jishi) -> str:
    """The slug of an open shop."""
    jishi("db", "migrate")
    slug = f"cli{len(jishi('tenant', 'list')[1].splitlines())}"
    code, output = jishi("tenant", "create", slug, "邢台百货", "--phone", "13800138000", "--password", "correct horse")
    assert code == 0, output
    return slug


def test_check_names_every_fault_and_ends_with_1(jishi: Jishi, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(installed(tmp_path / "broken", "broken", f"{HERE}.oddities:broken"))
    assert jishi("plugin", "check", "dummy") == (0, "dummy 没有发现问题\n")
    assert jishi("plugin", "check", "stale") == (
        1, f"can't be imported: ModuleNotFoundError: No module named '{HERE}.gone'\n",
    )
    assert jishi("plugin", "check", "broken") == (
        1, "rendered/base__b0001.json does not match the revisions\nrendered/initial.json does not match the revisions\n",
    )
    assert jishi("plugin", "check", "nothing") == (1, "没有安装名为 nothing 的插件\n")


def test_list_tells_what_is_installed_and_what_a_shop_has(jishi: Jishi, shop: str):
    code, output = jishi("plugin", "list")
    assert code == 0
    assert "dummy\t1.2.0\tjishi-dummy 1.2.0\t记事" in output.splitlines()
    assert any(line.startswith("stale\tunfit\tjishi-stale 1.2.0\tcan't be imported") for line in output.splitlines())
    assert jishi("plugin", "list", "--tenant", shop)[1].splitlines()[0] == "dummy\toff\t1.2.0\t记事"


def test_shop_is_switched_and_purged_after_an_export(jishi: Jishi, shop: str, tmp_path):
    assert jishi("plugin", "enable", "dummy", "--tenant", shop) == (0, "已启用 记事 1.2.0\n")
    assert jishi("plugin", "purge", "dummy", "--tenant", shop, "--confirm", "dummy") == (1, "Error: 请先停用插件\n")
    assert jishi("plugin", "disable", "dummy", "--tenant", shop) == (0, "已停用 记事\n")
    code, output = jishi("plugin", "purge", "dummy", "--tenant", shop, "--confirm", "dummy")
    assert (code, output) == (0, f"已导出 1 张表、2 行到 {shop}-dummy.zip\n已删除 dummy 的 2 张表\n")
    with zipfile.ZipFile(tmp_path / f"{shop}-dummy.zip") as archive:
        assert sorted(archive.namelist()) == ["dummy_note.csv", "manifest.json"]


def test_restored_shop_has_its_plugin_s_data_switched_off(jishi: Jishi, shop: str):
    jishi("plugin", "enable", "dummy", "--tenant", shop)
    assert jishi("tenant", "export", shop, "shop.zip")[0] == 0
    assert jishi("tenant", "import", "shop.zip", f"{shop}-again")[0] == 0
    assert jishi("plugin", "list", "--tenant", f"{shop}-again")[1].splitlines()[0] == "dummy\toff\t1.2.0\t记事"
    assert jishi("plugin", "enable", "dummy", "--tenant", f"{shop}-again") == (0, "已启用 记事 1.2.0\n")


def test_refusal_is_one_line(jishi: Jishi, shop: str):
    assert jishi("plugin", "enable", "nothing", "--tenant", shop) == (1, "Error: 没有找到这个插件\n")
    assert jishi("plugin", "enable", "stale", "--tenant", shop) == (1, "Error: 插件未通过检查，不能使用\n")
    assert jishi("plugin", "enable", "dummy", "--tenant", "nobody") == (1, "Error: 没有找到这家商户\n")


def test_new_column_goes_from_model_to_every_shop(jishi: Jishi, shop: str, monkeypatch, tmp_path):
    jishi("plugin", "enable", "dummy", "--tenant", shop)
    _next_version(monkeypatch, tmp_path)
    code, output = jishi("plugin", "revision", "dummy", "colour")
    assert (code, output.splitlines()[-1]) == (0, "已写出 d0002，请检查后运行 jishi plugin render dummy")
    changes = _changes(tmp_path / "lifted/nextdummy/migrations/versions/d0002_colour.py")
    assert changes == ["op.add_column('dummy_note', sa.Column('colour', sa.Text(), nullable=True))"]
    assert jishi("plugin", "check", "dummy")[0] == 1
    assert jishi("plugin", "render", "dummy") == (0, "d0001__d0002.json\ninitial.json\n")
    assert jishi("plugin", "check", "dummy") == (0, "dummy 没有发现问题\n")

    shops = _standing(jishi, "d0001")
    assert (jishi("db", "status")[0], jishi("db", "status")[1].splitlines()[-1]) == (1, f"插件 dummy 落后 {shops}")
    assert jishi("plugin", "list", "--tenant", shop)[1].splitlines()[0] == "dummy\ton\t2.0.0\t记事"
    assert f"已迁移 {shops}，失败 0，未尝试 0，新备 0" in jishi("db", "migrate")[1]
    assert (_standing(jishi, "d0001"), _standing(jishi, "d0002")) == (0, shops)
    assert (jishi("db", "status")[0], jishi("db", "status")[1].splitlines()[-1]) == (0, "插件 dummy 落后 0")


def test_lint_reads_the_scripts_of_plugins(jishi: Jishi):
    assert jishi("db", "lint") == (0, "")


def _next_version(monkeypatch, tmp_path: Path) -> None:
    """A newer package of the same plugin takes the place of the installed one."""
    package = tmp_path / "lifted" / "nextdummy"
    shutil.copytree(Path(dummy.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    models, manifest = package / "models.py", package / "__init__.py"
    models.write_text(models.read_text() + "    colour: Mapped[Str | None]\n")
    manifest.write_text(manifest.read_text().replace("1.2.0", "2.0.0"))
    shutil.rmtree(tmp_path / "dummy")
    monkeypatch.syspath_prepend(installed(tmp_path / "lifted", "dummy", "nextdummy:plugin", "2.0.0"))


def _standing(jishi: Jishi, revision: str) -> int:
    """How many shops stand at a revision of the plugin."""
    lines = [line.split("\t") for line in jishi("db", "status")[1].splitlines()]
    return sum(int(line[3]) for line in lines if line[:3] == ["dummy", revision, "ok"])


def _changes(revision: Path) -> list[str]:
    upgrade = revision.read_text().partition("def upgrade()")[2].partition("def downgrade()")[0]
    return [line.strip() for line in upgrade.splitlines() if line.strip().startswith("op.")]
