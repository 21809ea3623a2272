"""What a scaffold is made from, and which names a plugin may have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.plugin import API_VERSION

NAME = re.compile(r"[a-z][a-z0-9]{2,29}")
TAKEN = frozenset({"core", "jishi", "platform", "tenants", "plugin", "plugins"})


@dataclass(frozen=True, slots=True)
class Spec:
    """A plugin to write: `name` is its entry point and prefix; `tests` the folder with its tests."""

    name: str
    title: str
    summary: str
    version: str = "0.1.0"
    tests: str = "tests"

    @property
    def package(self) -> str:
        return f"jishi_{self.name}"

    @property
    def distribution(self) -> str:
        return f"jishi-{self.name}"

    @property
    def api(self) -> str:
        return API_VERSION


def name_faults(name: str) -> list[str]:
    """Everything that is wrong with a plugin's name, as sentences for the person who chose it; none means good."""
    checks = (
        (not name[:1].isalpha() or not name[:1].islower(), "应以小写字母开头"),
        (bool(set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789")), "只能含有小写字母和数字，不能有横线、下划线或空格"),
        (len(name) < 3, "至少 3 个字符"),
        (len(name) > 30, "最多 30 个字符：它是数据库表名的前缀"),
        (name in TAKEN, "是系统保留的名称"),
    )
    return [sentence for wrong, sentence in checks if wrong]


def writable(text: str) -> bool:
    """Whether a title or summary may stand in Python and TOML as it is."""
    return 0 < len(text) <= 200 and text.isprintable() and not set(text) & set("\"'\\")
