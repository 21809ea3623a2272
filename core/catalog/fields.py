"""Field types of the catalog's APIs: lines, codes, barcodes with a right check digit."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import marshmallow as ma

from core.catalog.barcode import BarcodeError, parse_barcode
from core.web.text import Text

_CODE = re.compile(r"[\w./#+-]{1,64}")
_PLU = re.compile(r"[0-9]{5}")
_URL = re.compile(r"https?://[^\s/]+\S*")


class Line(Text):
    """One line of text: composed (NFC), blanks collapsed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return " ".join(unicodedata.normalize("NFC", text).split())


class _Pattern(ma.fields.String):
    pattern: re.Pattern[str]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        if not self.pattern.fullmatch(text):
            raise self.make_error("pattern")
        return text


class Code(_Pattern):
    """A code that the merchant gives (货号, 门店编码, 会员号)."""

    pattern = _CODE
    default_error_messages = {"pattern": "编码只能用字母、数字、汉字和 . _ / # + -，不能有空格，最多 64 位"}


class Plu(_Pattern):
    """The five digits under which the scales know an article."""

    pattern = _PLU
    default_error_messages = {"pattern": "PLU 应为 5 位数字"}


class WebAddress(_Pattern):
    pattern = _URL
    default_error_messages = {"pattern": "应填以 https:// 开头的网址"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=ma.validate.Length(max=500), **kwargs)


class BarcodeField(ma.fields.String):
    """A barcode; its check digit is verified."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return parse_barcode(super()._deserialize(value, attr, data, **kwargs)).value
        except BarcodeError as error:
            raise ma.ValidationError(error.message) from error
