"""`jishi plugin new`: what it writes and what it refuses."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli.scaffold import new
from core.scaffold.domain import name_faults

HERE = Path(__file__).parents[2]


MANIFEST = """
from core.plugin import Plugin

plugin = Plugin(name="seats", title="座位", summary="选座", version="2.1.0", api="0.9")
"""


def run(*arguments: str | Path):
    return CliRunner().invoke(new, [str(argument) for argument in arguments])


def files(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sorted(str(path.relative_to(folder)) for path in found)


def test_new_writes_a_complete_package(tmp_path: Path):
    result = run("lottery", "--title", "抽奖", "--dir", tmp_path)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "jishi-lottery"
    assert files(folder) == [
        ".github/workflows/test.yml",
        ".gitignore",
        "README.md",
        "ci.sh",
        "jishi_lottery/__init__.py",
        "jishi_lottery/console.py",
        "jishi_lottery/entries.py",
        "jishi_lottery/handlers.py",
        "jishi_lottery/hooks.py",
        "jishi_lottery/manifest.py",
        "jishi_lottery/migrations/rendered/base__l0001.json",
        "jishi_lottery/migrations/rendered/initial.json",
        "jishi_lottery/migrations/versions/l0001_first.py",
        "jishi_lottery/models.py",
        "jishi_lottery/pages.py",
        "jishi_lottery/settings.py",
        "jishi_lottery/storefront.py",
        "jishi_lottery/templates/lottery/entries.html",
        "pyproject.toml",
        "tests/test_entries.py",
    ]
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["entry-points"] == {"jishi.plugins": {"lottery": "jishi_lottery:plugin"}}
    steps = json.loads((folder / "jishi_lottery/migrations/rendered/initial.json").read_text("utf-8"))
    assert (steps["start"], steps["end"], len(steps["statements"])) == ("base", "l0001", 4)


def test_everything_written_is_python_that_ruff_accepts(tmp_path: Path):
    run("lottery", "--dir", tmp_path)
    for path in tmp_path.rglob("*.py"):
        ast.parse(path.read_text("utf-8"))
    ruff = [sys.executable, "-m", "ruff", "check", "--config", str(HERE / "ruff.toml"), "--ignore", "I", str(tmp_path)]
    assert subprocess.run(ruff, capture_output=True, text=True, check=False).stdout == "All checks passed!\n"


def test_existing_folder_is_refused_and_left_alone(tmp_path: Path):
    run("lottery", "--dir", tmp_path)
    mine = tmp_path / "jishi-lottery" / "README.md"
    mine.write_text("mine", "utf-8")
    result = run("lottery", "--dir", tmp_path)
    assert (result.exit_code, "已存在" in result.output, mine.read_text("utf-8")) == (1, True, "mine")


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("lottery", []),
        ("Lottery", ["应以小写字母开头", "只能含有小写字母和数字，不能有横线、下划线或空格"]),
        ("my-lottery", ["只能含有小写字母和数字，不能有横线、下划线或空格"]),
        ("9lives", ["应以小写字母开头"]),
        ("ab", ["至少 3 个字符"]),
        ("a" * 31, ["最多 30 个字符：它是数据库表名的前缀"]),
        ("core", ["是系统保留的名称"]),
        ("抽奖活动", ["应以小写字母开头", "只能含有小写字母和数字，不能有横线、下划线或空格"]),
    ],
)
def test_name_is_explained(name: str, faults: list[str]):
    assert name_faults(name) == faults


def test_name_whose_tables_would_be_the_core_s_is_refused(tmp_path: Path):
    result = run("product", "--dir", tmp_path)
    assert (result.exit_code, "product_picture" in result.output, files(tmp_path)) == (1, True, [])


@pytest.mark.parametrize("arguments", [["my-lottery"], ["lottery", "--title", 'a"b'], ["lottery", "--title", "a\nb"], []])
def test_bad_arguments_write_nothing(tmp_path: Path, arguments: list[str]):
    result = run(*arguments, "--dir", tmp_path)
    assert result.exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_around_packs_a_folder_by_what_its_manifest_says(tmp_path: Path):
    plugin = tmp_path / "somewhere" / "thing"
    (plugin / "tests").mkdir(parents=True)
    (plugin / "__init__.py").write_text("from .manifest import plugin\n", "utf-8")
    (plugin / "manifest.py").write_text(MANIFEST, "utf-8")
    (plugin / "tests" / "test_seats.py").write_text("", "utf-8")
    result = run("--around", plugin, "--dir", tmp_path)
    assert result.exit_code == 0, result.output
    assert files(tmp_path / "jishi-seats") == [
        ".github/workflows/test.yml",
        ".gitignore",
        "README.md",
        "ci.sh",
        "jishi_seats/__init__.py",
        "jishi_seats/manifest.py",
        "jishi_seats/tests/test_seats.py",
        "pyproject.toml",
    ]
    project = tomllib.loads((tmp_path / "jishi-seats/pyproject.toml").read_text("utf-8"))
    assert project["project"]["version"] == "2.1.0"
    assert project["tool"]["pytest"]["ini_options"]["testpaths"] == ["jishi_seats"]


@pytest.mark.parametrize(
    ("source", "why"), [(None, "无法导入"), ("import nothing_like_it", "无法导入"), ("plugin = 1", "没有插件")]
)
def test_around_a_folder_without_a_plugin_is_refused(tmp_path: Path, source: str | None, why: str):
    folder = tmp_path / "folder"
    folder.mkdir()
    if source is not None:
        (folder / "__init__.py").write_text(source, "utf-8")
    result = run("--around", folder, "--dir", tmp_path)
    assert (result.exit_code, why in result.output, files(folder)) == (1, True, ["__init__.py"] if source else [])

