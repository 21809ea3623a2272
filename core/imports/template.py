"""An empty table to fill in: the columns of each kind of file with an example row (导入模板)."""

from __future__ import annotations

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from core.imports.columns import preferred_header, required_fields
from core.imports.schemas import SCHEMAS

_WIDTH = 16
_TITLES = {"products": "商品", "prices": "价格", "stock": "库存", "members": "会员"}
_EXAMPLES: dict[str, dict[str, str]] = {
    "products": {
        "sku_code": "MILK-250", "barcodes": "6901234567892", "title": "纯牛奶", "spec": "250ml×12", "unit": "箱",
        "category_path": "食品/乳品/牛奶", "brand": "示例品牌", "list_price_fen": "58.00", "member_price_fen": "55.00",
        "cost_fen": "42.50", "on_shelf": "是", "weighed": "否", "keywords": "早餐 纯奶", "shelf_location": "A-03",
        "store_code": "", "origin": "河北", "description": "常温保存",
    },
    "prices": {
        "sku_code": "MILK-250", "barcode": "", "list_price_fen": "56.00", "member_price_fen": "53.00", "cost_fen": "",
    },
    "stock": {
        "sku_code": "MILK-250", "barcode": "", "store_code": "S001", "on_hand": "48", "safety": "2",
        "shelf_location": "A-03",
    },
    "members": {
        "member_no": "10001", "phone": "13800000000", "name": "王女士", "joined_at": "2026-01-31",
        "tags": "等级=银卡;来源=老店",
    },
}  # fmt: skip
"""Fields in the order of the columns; the example row is to be replaced."""


def template(kind: str) -> bytes:
    """The XLSX file of a kind (`core.imports.service.KINDS`); columns that must be filled carry an asterisk."""
    schema, example = SCHEMAS[kind], _EXAMPLES[kind]
    needed = required_fields(schema)
    book = Workbook()
    sheet = book.active
    sheet.title = _TITLES[kind]
    for number, (field, value) in enumerate(example.items(), 1):
        head = sheet.cell(1, number, preferred_header(schema, field) + ("*" if field in needed else ""))
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="FFE8F3EC")
        cell = sheet.cell(2, number, value or None)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _WIDTH
        sheet.column_dimensions[letter].number_format = "@"
        cell.number_format = "@"
    sheet.freeze_panes = "A2"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def filename(kind: str) -> str:
    """What the downloaded file is called."""
    return f"{_TITLES[kind]}导入模板.xlsx"
