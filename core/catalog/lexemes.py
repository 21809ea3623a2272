"""Where a shopper may begin to type inside a text, and what would then be typed: characters, pinyin or initials."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

from core.catalog.folding import Token, is_han, tokens
from core.catalog.readings import readings

HAN_WINDOW = 12
WORD_WINDOW = 16
TITLE_WINDOW = 60

_DOUBLE_READINGS = 3
_MIXES = 8
_MEASURE_LETTERS = 3


class Unit(NamedTuple):
    """One Han character or one word: how it is spelled out, and how it is abbreviated (a word: not at all)."""

    spelled: tuple[str, ...]
    initials: tuple[str, ...]
    han: bool


@lru_cache(maxsize=4096)
def beginnings(folded: str) -> tuple[tuple[str, ...], ...]:
    """One tuple of lexemes for every place of a folded text, in order: the first is its head.

    A lexeme is the text, the pinyin or the initials from that place on, cut to its window.
    """
    found = tokens(folded)
    units = [unit for token in found for unit in _units(token.text)]
    last_han = max((i for i, unit in enumerate(units) if unit.han), default=-1)
    spelled = [_spelled(units[i:]) if i <= last_han else () for i in range(len(units))]
    texts = [place for i in range(len(found)) for place in _texts(found, i)]
    return tuple((*text, *spelling) for text, spelling in zip(texts, spelled, strict=True))


@lru_cache(maxsize=4096)
def whole(folded: str) -> tuple[str, ...]:
    """A folded text in full, without blanks and signs: as it is written, its pinyin and its initials."""
    parts = [token.text for token in tokens(folded)]
    units = [unit for part in parts for unit in _units(part)]
    spelled = _spelled(units, TITLE_WINDOW) if any(map(is_han, parts)) else ()
    return tuple(dict.fromkeys(("".join(parts)[:TITLE_WINDOW], *spelled)))


def spelling(folded: str) -> tuple[str, str]:
    """Pinyin and initials of a folded text in the reading of its context, for people and for sorting."""
    units = [unit for token in tokens(folded) for unit in _units(token.text)]
    return "".join(unit.spelled[0] for unit in units), "".join(unit.initials[0] for unit in units)


def _units(part: str) -> list[Unit]:
    if not is_han(part):
        return [Unit((part,), (part,), han=False)]
    return [Unit(found, tuple(dict.fromkeys(r[:1] for r in found)), han=True) for found in readings(part)]


def _texts(found: list[Token], index: int) -> list[tuple[str, ...]]:
    token = found[index]
    if is_han(token.text):
        return [(token.text[i : i + HAN_WINDOW],) for i in range(len(token.text))]
    glued = _glued(found[index:])
    return [tuple(dict.fromkeys(text[:WORD_WINDOW] for text in (token.text, glued)))]


def _glued(rest: list[Token]) -> str:
    """`500` and `ml` typed as `500ml`, whether the merchant left a blank between number and unit or not."""
    text, end = rest[0].text, rest[0].end
    for token in rest[1:]:
        is_unit = token.start == end + 1 and text[-1].isdigit() and _is_measure(token.text)
        if is_han(token.text) or not (token.start == end or is_unit):
            break
        text, end = text + token.text, token.end
    return text


def _is_measure(text: str) -> bool:
    return text.isalpha() and len(text) <= _MEASURE_LETTERS


def _spelled(units: list[Unit], window: int = WORD_WINDOW) -> tuple[str, ...]:
    """Pinyin and initials of a row of units, in several mixes of the readings of the first few double ones."""
    pinyin = _mixes([unit.spelled for unit in units[:window]], window)
    return tuple(dict.fromkeys(pinyin + _mixes([unit.initials for unit in units[:window]], window)))


def _mixes(ways: list[tuple[str, ...]], window: int) -> list[str]:
    mixes = ("".join(choice)[:window] for choice in islice(product(*_narrowed(ways)), _MIXES))
    return [mix for mix in mixes if mix]


def _narrowed(ways: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    doubles = 0
    for way in ways:
        doubles += len(way) > 1
        yield way if doubles <= _DOUBLE_READINGS else way[:1]
