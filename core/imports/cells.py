"""marshmallow fields for what merchants write into cells; every refusal is a code of `messages.TEXTS`.

Cells arrive as the readers give them (text, int, Decimal, bool, datetime, list, dict; never float and never empty).
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from marshmallow import ValidationError, fields

from core.catalog.folding import half_width
from core.imports.messages import say

_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE]\+?\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_INVISIBLE = "Cf"
_UNSTORABLE = ("Cc", "Cs")
_YES = frozenset(["是", "有", "对", "yes", "y", "true", "t", "1", "√", "✓", "✔", "上架", "在售", "启用", "称重"])
_NO = frozenset(["否", "无", "不", "no", "n", "false", "f", "0", "×", "✗", "✘", "下架", "停售", "停用", "计件"])
MAX_FEN = 10_000_000_00


class Fen(NamedTuple):
    """A cell of a column whose header says that it counts fen; other money columns count yuan."""

    value: Any


class Problem(str):
    """The text of a refusal that remembers its code on the way through marshmallow."""

    code: str

    @classmethod
    def of(cls, code: str, **values: object) -> Problem:
        problem = cls(say(code, **values))
        problem.code = code
        return problem


def refuse(code: str, **values: object) -> ValidationError:
    """The error to raise inside a field."""
    return ValidationError([Problem.of(code, **values)])


class Cell(fields.Field):
    """A column: `headers` are the names it is known by in files, the first one in messages; `fen_headers` count fen."""

    def __init__(self, *headers: str, fen_headers: tuple[str, ...] = (), **kwargs: Any) -> None:
        kwargs.setdefault("load_default", None)
        if kwargs.get("required"):
            del kwargs["load_default"]
        super().__init__(**kwargs)
        self.headers = headers
        self.fen_headers = fen_headers

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        return refuse("required")


class TextCell(Cell):
    """One line of text, at most `limit` characters: composed (NFC), blanks collapsed, invisible signs dropped."""

    def __init__(self, *headers: str, limit: int = 200, **kwargs: Any) -> None:
        super().__init__(*headers, **kwargs)
        self.limit = limit

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = self._tidied(_visible(unicodedata.normalize("NFC", as_text(value))))
        if any(unicodedata.category(char) in _UNSTORABLE for char in text.replace("\n", "")):
            raise refuse("control_character")
        if len(text) > self.limit:
            raise refuse("too_long", limit=self.limit, size=len(text))
        return text

    def _tidied(self, text: str) -> str:
        return " ".join(text.split())


class LongTextCell(TextCell):
    """Text in which line breaks count."""

    def _tidied(self, text: str) -> str:
        return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()


class CodeCell(TextCell):
    """A code that the merchant gives: SKU, store, member number."""

    _allowed = re.compile(r"[\w./#+-]{1,64}")

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = as_text(value).strip()
        if _SCIENTIFIC.fullmatch(text):
            raise refuse("number_scientific")
        if not self._allowed.fullmatch(text):
            raise refuse("code_invalid")
        return text


class MoneyCell(Cell):
    """Yuan with at most two decimals (`12.80`, `¥1,280`) or, as `Fen`, whole fen; gives int fen."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        fen = _from_fen(value.value) if isinstance(value, Fen) else _from_yuan(value)
        if fen < 0:
            raise refuse("price_negative")
        return fen


class PriceCell(MoneyCell):
    """A price that someone pays: above zero."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        fen = super()._deserialize(value, attr, data, **kwargs)
        if fen == 0:
            raise refuse("price_zero")
        return fen


class QuantityCell(Cell):
    """A quantity in the article's unit: Decimal, at most three places, not negative."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Decimal:
        number = as_number(value, "quantity_invalid")
        if number < 0:
            raise refuse("quantity_negative")
        if number.adjusted() > 8:
            raise refuse("quantity_too_large")
        exact = number.quantize(Decimal("0.001"))
        if exact != number:
            raise refuse("quantity_places")
        return exact


class IntegerCell(Cell):
    """A whole number, not negative."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        number = as_number(value, "integer_invalid")
        if number < 0 or number.adjusted() > 15 or number != number.to_integral_value():
            raise refuse("integer_invalid")
        return int(number)


class YesNoCell(Cell):
    """是/否 and what people write for it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        text = half_width(as_text(value)).casefold() if not isinstance(value, bool) else str(value).casefold()
        if text in _YES:
            return True
        if text in _NO:
            return False
        raise refuse("yes_no_invalid")


def as_text(value: Any) -> str:
    """A cell as text; numbers as they are written out in full."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal):
        return str(value)
    raise refuse("not_text")


def _visible(text: str) -> str:
    return "".join(char for char in text if char.isascii() or unicodedata.category(char) != _INVISIBLE)


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet has shortened a long number (`6.9E+12`)."""
    return _SCIENTIFIC.fullmatch(text) is not None


def as_number(value: Any, code: str) -> Decimal:
    """A cell as a number; thousands separators and a currency sign are taken off. Raises `code` for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise refuse(code)
    text = half_width(str(value)).lstrip("¥￥").removesuffix("元")
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise refuse(code) from None
    if not number.is_finite() or "_" in text or abs(number.adjusted()) > 30:
        raise refuse(code)
    return number


def _from_yuan(value: Any) -> int:
    number = as_number(value, "price_invalid")
    if number.adjusted() > 12:
        raise refuse("price_too_large", limit=MAX_FEN // 100)
    fen = number * 100
    if fen != fen.to_integral_value():
        raise refuse("price_places")
    return _bounded(int(fen))


def _from_fen(value: Any) -> int:
    number = as_number(value, "fen_invalid")
    if number.adjusted() > 12:
        raise refuse("price_too_large", limit=MAX_FEN // 100)
    if number != number.to_integral_value():
        raise refuse("fen_invalid")
    return _bounded(int(number))


def _bounded(fen: int) -> int:
    if fen > MAX_FEN:
        raise refuse("price_too_large", limit=MAX_FEN // 100)
    return fen
