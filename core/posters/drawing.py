"""The poster as SVG, in millimetres of an A4 sheet; smaller sheets are the same drawing. Pure.

Fonts are named, never fetched. Every text is escaped, freed of what XML forbids, and shrunk or cut to its width.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from dataclasses import dataclass
from html import escape

import segno

SIZES = {"A4": (210, 297), "A5": (148, 210)}
_FONTS = "'PingFang SC','Hiragino Sans GB','Microsoft YaHei','Noto Sans CJK SC','Source Han Sans SC',sans-serif"
_UNPRINTABLE = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u007f-\u009f\u200b-\u200f\u2028-\u202e]"
)
_INK, _GREEN, _PALE, _GREY = "#1f2a24", "#1d6b4f", "#cfe8dc", "#5b6660"
_CODE_SIDE = 112
_CODE_TOP = 98


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a poster: `code` is the drawing of the code in a square of _CODE_SIDE at 0, 0."""

    shop: str
    store: str
    address: str
    phone: str
    call: str
    how: str
    code: str


def poster_svg(sheet: Sheet, size: str) -> str:
    """The poster for paper of `size` (a key of SIZES)."""
    width, height = SIZES[size]
    left = (210 - _CODE_SIDE) / 2
    parts = [
        '<rect width="210" height="297" fill="#fff"/>',
        f'<path d="M0 0h210v128q-105 30-210 0z" fill="{_GREEN}"/>',
        *_title(sheet),
        f'<rect x="{left - 11}" y="{_CODE_TOP - 11}" width="{_CODE_SIDE + 22}" height="{_CODE_SIDE + 22}" rx="8"'
        f' fill="#fff" stroke="{_PALE}" stroke-width=".8"/>',
        f'<g transform="translate({left} {_CODE_TOP})">{sheet.code}</g>',
        _line(sheet.call, 241, 12, 180, _INK, 700),
        _line(sheet.how, 253, 6, 180, _GREY, 400),
        *_foot(sheet),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 297" width="{width}mm" height="{height}mm"'
        f' preserveAspectRatio="xMidYMid slice" font-family="{_FONTS}" text-anchor="middle">{"".join(parts)}</svg>'
    )


def _title(sheet: Sheet) -> list[str]:
    lines = _wrapped(_printable(sheet.shop), 182, 22)
    if not sheet.store:
        lowest = 58 if len(lines) == 1 else 66
        return [_line(text, lowest - 24 * (len(lines) - 1 - i), 22, 182, "#fff", 700) for i, text in enumerate(lines)]
    lowest = 46 if len(lines) == 1 else 56
    names = [_line(text, lowest - 23 * (len(lines) - 1 - i), 21, 182, "#fff", 700) for i, text in enumerate(lines)]
    return [*names, _line(sheet.store, lowest + 20, 12, 170, _PALE, 500)]


def _foot(sheet: Sheet) -> list[str]:
    told = [text for text in (sheet.address, sheet.phone) if text]
    if not told:
        return []
    rule = f'<path d="M30 264h150" stroke="{_PALE}" stroke-width=".6"/>'
    return [rule, *(_line(text, 275 + 9 * i, 5.6, 170, _GREY, 400) for i, text in enumerate(told))]


def picture(data: bytes) -> str:
    """A code that came as JPEG or PNG, inside the drawing."""
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    source = f"data:image/{kind};base64,{b64encode(data).decode()}"
    return f'<image width="{_CODE_SIDE}" height="{_CODE_SIDE}" href="{source}"/>'


def plain_code(address: str) -> str:
    """A QR code that any phone reads, drawn as one path with an empty module around it."""
    rows = [bytes(row) for row in segno.make(address, error="m", micro=False).matrix]
    scale = _CODE_SIDE / (len(rows) + 2)
    marks = [f"M{run.start()} {y}h{len(run[0])}v1h-{len(run[0])}z" for y, row in enumerate(rows)
             for run in re.finditer(b"\x01+", row)]  # fmt: skip
    place = f'transform="scale({scale:.6f}) translate(1 1)" shape-rendering="crispEdges"'
    return f'<path {place} d="{"".join(marks)}" fill="#000"/>'


def _line(text: str, y: float, size: float, width: float, colour: str, weight: int) -> str:
    """Centred at `y`, shrunk to half at most and then cut, so that it stays within `width`."""
    text = _printable(text)
    smallest = size / 2
    text = _cut(text, width / smallest)
    fitting = min(size, width / max(_ems(text), 1))
    return f'<text x="105" y="{y}" font-size="{fitting:.2f}" font-weight="{weight}" fill="{colour}">{escape(text)}</text>'


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """One line, or two of about the same length when one would have to shrink much."""
    if _ems(text) * size <= width * 1.3:
        return [text]
    middle = _ems(text) / 2
    used = 0.0
    for i, char in enumerate(text):
        used += _em(char)
        if used >= middle and i + 1 < len(text):
            return [text[: i + 1].strip(), text[i + 1 :].strip()]
    return [text]


def _cut(text: str, ems: float) -> str:
    if _ems(text) <= ems:
        return text
    kept, used = [], 1.0
    for char in text:
        used += _em(char)
        if used > ems:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def _printable(text: str) -> str:
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def _ems(text: str) -> float:
    return sum(map(_em, text))


def _em(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.7 if char.isupper() else 0.58
