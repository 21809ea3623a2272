"""`jishi import …`: plain lines where nobody watches, and exit codes for scripts."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.cli import imports as command
from tests.core.imports_http.test_runs import PRODUCTS, write


@pytest.fixture
def run(shop, monkeypatch):
    monkeypatch.setattr(command, "create_app", lambda: shop.app)

    def call(*args: Any) -> Result:
        return CliRunner().invoke(command.imports, [*map(str, args), "--tenant", shop.ref.slug])

    return call


def test_good_file_ends_with_0(run, tmp_path):
    done = run("products", write(tmp_path, "p.csv", PRODUCTS))
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "新增 3  更新 0  未变 0  未导入 0")


def test_bad_lines_are_listed_and_end_with_1(run, tmp_path):
    done = run("products", write(tmp_path, "p.csv", "货号,商品名称,售价\nP1,甲[b],1\nP2,乙,-1\n"))
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "新增 1  更新 0  未变 0  未导入 1", "第 3 行 售价 '-1' price_negative: 价格不能是负数",
    ]


def test_unreadable_file_is_explained(run, tmp_path):
    done = run("products", write(tmp_path, "p.csv", "货号\nP1\n"))
    assert done.exit_code == 1
    assert done.output.startswith("Error: 缺少必填列：售价、商品名称")
