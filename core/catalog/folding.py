"""One spelling for search: what the shopper typed and what the merchant wrote are folded alike before they meet."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import NamedTuple

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"

_TOKEN = re.compile(rf"[{HAN}]+|\d+(?:\.\d+)?|[^\W\d_{HAN}]+")
_IS_HAN = re.compile(rf"[{HAN}]")
_APOSTROPHES = {ord(mark): None for mark in "'’‘`ʼ"}


def fold(text: str) -> str:
    """Full-width to half-width (NFKC), lower case, traditional to simplified, apostrophes dropped, one space.

    `ü` becomes `v`, as pinyin is typed on a keyboard.
    """
    text = unicodedata.normalize("NFKC", text).casefold().translate(_table())
    return " ".join(text.split())


def in_table(text: str) -> str:
    """A text as a table brings it back: composed, without invisible signs, runs of blanks as one, line ends as `\\n`."""
    visible = (char for char in unicodedata.normalize("NFC", text) if char.isascii() or unicodedata.category(char) != "Cf")
    return "\n".join(" ".join(line.split()) for line in "".join(visible).splitlines()).strip()


class Token(NamedTuple):
    text: str
    start: int
    end: int


def tokens(folded: str) -> list[Token]:
    """Runs of Han characters, of letters and of digits of a folded text, each with its place."""
    return [Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(folded)]


def is_han(token: str) -> bool:
    """Whether the text of a token is a run of Han characters."""
    return _IS_HAN.match(token) is not None


@cache
def _table() -> dict[int, str | None]:
    lines = files(__package__).joinpath("traditional.txt").read_text("utf-8").splitlines()
    pairs = "".join(line for line in lines if not line.startswith("#"))
    simplified = {ord(pairs[i]): pairs[i + 1] for i in range(0, len(pairs), 2)}
    return {**simplified, **_APOSTROPHES, ord("ü"): "v"}


def half_width(typed: str) -> str:
    """A typed or scanned code: full-width signs made half-width, blanks dropped, case kept."""
    return "".join(unicodedata.normalize("NFKC", typed).split())
