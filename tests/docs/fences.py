"""Fenced code blocks of a page, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.examples.environment import ROOT

PAGES = ROOT / "docs" / "plugins"
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fence:
    """`info` is what follows the opening backticks: `python`, `python file=a/b.py`, `console background`, `json block=x`."""

    page: str
    line: int
    info: str
    body: str

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]

    @property
    def option(self) -> str:
        return self.info.partition(" ")[2]

    def commands(self) -> list[str]:
        """The lines of a console block that a reader types."""
        return [line.removeprefix("$ ") for line in self.body.splitlines() if line.startswith("$ ")]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def fences(path: Path) -> Iterator[Fence]:
    text = path.read_text("utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Fence(path.name, line, match["info"].strip(), match["body"])


def every_fence() -> list[Fence]:
    return [fence for path in sorted(PAGES.glob("*.md")) for fence in fences(path)]
