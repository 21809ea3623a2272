"""Subscribe messages (订阅消息), values made to fit: one bad value loses the whole message (§5.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

_KIND = re.compile(r"([a-z_]+?)[0-9]+")
_SPACES = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_NOT_CHINESE = re.compile(r"[^\u4e00-\u9fff]")
_NOT_ASCII = re.compile(r"[^\x21-\x7e]")
_NOT_LETTER = re.compile(r"[^A-Za-z]")

EMPTY = "-"
EMPTY_CHINESE = "无"
PHRASE_CHARS = 5
NAME_WIDTH = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscribeMessage:
    """One message to one user; `values` by the template's keys, for example {"thing1": …, "amount2": …}."""

    openid: str
    template_id: str
    values: Mapping[str, str]
    page: str | None = None
    state: Literal["developer", "trial", "formal"] = "formal"
    lang: str = "zh_CN"


@dataclass(frozen=True, slots=True)
class Template:
    """A template in the app's own list; `priTmplId` differs from app to app."""

    pri_tmpl_id: str
    title: str
    content: str
    kind: int


def fit(key: str, value: str) -> str:
    """`value` as the field `key` takes it: cut to the limit of its kind, never empty.

    Amounts, times, dates and listed values are left alone: cut, they would say something else.
    """
    match = _KIND.fullmatch(key)
    clean = _SPACES.sub(" ", _CONTROL.sub(" ", value)).strip()
    cut = _CUTS.get(match.group(1)) if match else None
    return (cut(clean) if cut else clean) or _empty(match.group(1) if match else "")


def _empty(kind: str) -> str:
    return EMPTY_CHINESE if kind in {"thing", "name", "phrase"} else EMPTY


def _at_most(limit: int) -> Callable[[str], str]:
    return lambda text: text[:limit]


def _thing(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:19]}…"


def _ascii(text: str) -> str:
    return _NOT_ASCII.sub("", text)[:32]


def _letters(text: str) -> str:
    return _NOT_LETTER.sub("", text)[:32]


def _phrase(text: str) -> str:
    return _NOT_CHINESE.sub("", text)[:PHRASE_CHARS]


def _name(text: str) -> str:
    """Ten characters, or twenty when all are ASCII: mixed counts as Chinese."""
    return text[:NAME_WIDTH] if text.isascii() else text[: NAME_WIDTH // 2]


_CUTS: dict[str, Callable[[str], str]] = {
    "thing": _thing,
    "number": _at_most(32),
    "letter": _letters,
    "symbol": _at_most(5),
    "character_string": _ascii,
    "phone_number": _at_most(17),
    "car_number": _at_most(8),
    "name": _name,
    "phrase": _phrase,
}
