"""The lines of a paper as they are typed or scanned: which goods, how many, and what is wrong with each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import marshmallow as ma
from sqlalchemy import RowMapping, text

from core.catalog.barcode import KINDS, BarcodeError, lookup_forms, parse_barcode
from core.catalog.folding import half_width
from core.db import db
from core.web.fields import Quantity, quantity_text

MAX_LINES = 500
_BETWEEN = re.compile(r"[\s,，;；]+")
_QUANTITY = Quantity()
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Line:
    """What was typed, the goods behind the code (see `find`), and what is wrong with either ("" where nothing is)."""

    code: str
    quantity: str = ""
    goods: RowMapping | None = None
    amount: Decimal | None = None
    code_fault: str = ""
    quantity_fault: str = ""

    @property
    def is_good(self) -> bool:
        return not self.code_fault and not self.quantity_fault


def split(pasted: str) -> list[Line]:
    """Lines of `code quantity`, as they come from a list or a spreadsheet; empty ones are left out."""
    parts = (_BETWEEN.split(line.strip(), maxsplit=1) for line in pasted.splitlines() if line.strip())
    return [Line(*found) for found in parts]


_FIND = text(
    """
    SELECT w.code AS typed, s.id AS sku_id, p.title, s.spec, s.code, s.unit,
           coalesce(st.on_hand, 0) AS on_hand, coalesce(st.on_hand - st.reserved, 0) AS free
    FROM unnest(CAST(:codes AS text[]), CAST(:forms AS text[])) AS w(code, forms)
    JOIN sku s ON s.id = coalesce(
        (SELECT min(sku_id) FROM sku_barcode WHERE barcode = ANY(string_to_array(w.forms, '|'))),
        (SELECT id FROM sku WHERE code = w.code))
    JOIN product p ON p.id = s.product_id LEFT JOIN stock st ON st.sku_id = s.id AND st.store_id = :store
    """
)


def find(store_id: int, codes: Sequence[str]) -> dict[str, RowMapping]:
    """Goods by barcode or else by SKU code, with `on_hand` in the store and what is `free` to go. One statement."""
    wanted = sorted({half_width(code) for code in codes} - {""})
    values = {"store": store_id, "codes": wanted, "forms": ["|".join(lookup_forms(code)) for code in wanted]}
    found = {row["typed"]: row for row in db.session.execute(_FIND, values).mappings()}
    return {code: found[half_width(code)] for code in codes if half_width(code) in found}


def read(store_id: int, typed: Sequence[Line]) -> list[Line]:
    """The lines with their goods and amounts, or with what is wrong with them."""
    found = find(store_id, [line.code for line in typed])
    return [_checked(line, found) for line in typed]


def _checked(line: Line, found: Mapping[str, RowMapping]) -> Line:
    goods = found.get(line.code)
    code_fault = "" if goods else unknown(line.code)
    try:
        amount, quantity_fault = _amount(line.quantity), ""
    except ma.ValidationError as error:
        amount, quantity_fault = None, str(error.messages[0])
    return replace(line, goods=goods, amount=amount, code_fault=code_fault, quantity_fault=quantity_fault)


def _amount(typed: str) -> Decimal:
    if not typed.strip():
        raise ma.ValidationError("请填写数量")
    return _QUANTITY.deserialize(half_width(typed))


def unknown(code: str) -> str:
    """Why no goods answer to a code: none was typed, it was misread, or nothing carries it."""
    digits = half_width(code)
    if not digits:
        return "请扫描或填写条码、货号"
    if digits.isascii() and digits.isdigit() and len(digits) in KINDS:
        try:
            parse_barcode(digits)
        except BarcodeError as error:
            return error.message
    return f"没有条码或货号为 {code[:_SHOWN]} 的商品"


def totals(lines: Sequence[Line]) -> list[tuple[int, Decimal]]:
    """(sku_id, quantity), what stands on several lines added up. The lines must be good."""
    found: dict[int, Decimal] = {}
    for line in lines:
        sku_id = line.goods["sku_id"]
        found[sku_id] = found.get(sku_id, Decimal(0)) + line.amount
    return sorted(found.items())


def short(lines: Sequence[Line], skus: Sequence[str]) -> list[Line]:
    """The lines, those of goods that the store can't give marked with what it can."""
    return [replace(line, quantity_fault=_too_much(line.goods)) if str(line.goods["sku_id"]) in skus else line
            for line in lines]


def _too_much(goods: RowMapping) -> str:
    return f"库存不够，最多可调 {quantity_text(max(goods['free'], Decimal(0)))} {goods['unit']}"
