"""Fields with a notation of their own: barcodes, categories, phones, moments, tags, addresses of the web."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from core.catalog.barcode import BarcodeError, check_digit, parse_barcode
from core.catalog.folding import half_width
from core.clock import SHOP_ZONE
from core.imports.cells import Cell, Problem, TextCell, as_text, is_scientific, refuse

MAX_BARCODES = 20
MAX_TAGS = 50
CATEGORY_LEVELS = 3

_BETWEEN_BARCODES = re.compile(r"[|,，、;；\s]+")
_PHONE = re.compile(r"1\d{10}", re.ASCII)
_PHONE_SIGNS = re.compile(r"^(\+?86)?|[\s-]")
_YEAR_FIRST = re.compile(r"^(\d{4})[/.年](\d{1,2})[/.月](\d{1,2})日?")
_SHORT_DATE = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$")
_TAG = re.compile(r"([^=:：]{1,40})[=:：](.{0,100})")


class BarcodeCell(Cell):
    """One barcode, check digit verified."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = as_text(value).strip()
        if is_scientific(text):
            raise refuse("barcode_scientific")
        lost = f"0{text}"
        if isinstance(value, int) and len(text) in (7, 11) and check_digit(lost[:-1]) == int(lost[-1]):
            raise refuse("barcode_lost_zero", expected=lost)
        try:
            return parse_barcode(text).value
        except BarcodeError as error:
            problem = Problem(error.message)
            problem.code = error.code
            raise ValidationError([problem]) from error


class BarcodesCell(BarcodeCell):
    """Several barcodes, as a list or separated by `|`, comma or blank; gives a list without repetitions."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        given = _BETWEEN_BARCODES.split(value.strip()) if isinstance(value, str) else value
        parts = given if isinstance(given, list) else [given]
        if len(parts) > MAX_BARCODES:
            raise refuse("barcodes_too_many", limit=MAX_BARCODES)
        one = super()._deserialize
        return list(dict.fromkeys(one(part, attr, data, **kwargs) for part in parts if part != ""))


class CategoryPathCell(TextCell):
    """`饮料 > 碳酸饮料`, `饮料/碳酸饮料` or a list; gives a list of at most three names."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        if isinstance(value, str):
            value = re.split(r"[>＞]", value) if re.search(r"[>＞]", value) else re.split(r"[/／]", value)
        if not isinstance(value, list):
            raise refuse("not_text")
        one = super()._deserialize
        names = [name for name in (one(part, attr, data, **kwargs) for part in value) if name]
        if len(names) > CATEGORY_LEVELS:
            raise refuse("category_too_deep")
        return names


class PhoneCell(Cell):
    """A mobile number of eleven digits; +86, blanks and hyphens are taken off."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = as_text(value).strip()
        if is_scientific(text):
            raise refuse("number_scientific")
        digits = _PHONE_SIGNS.sub("", half_width(text))
        if not _PHONE.fullmatch(digits):
            raise refuse("phone_invalid")
        return digits


class MomentCell(Cell):
    """A date or a date with time, ISO 8601 or as Excel has it; without a zone it is the shop's. Gives aware UTC."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        moment = value if isinstance(value, datetime) else _moment(value)
        if not 1990 <= moment.year <= 2100:
            raise refuse("moment_invalid")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=SHOP_ZONE)
        return moment.astimezone(UTC)


class TagsCell(Cell):
    """`年龄=35;口味=辣`, a JSON object or plain words; gives texts by name, a plain word is its own name with `是`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, str]:
        tags = _tags(value.strip()) if isinstance(value, str) else value
        if not isinstance(tags, dict):
            raise refuse("tags_invalid")
        if len(tags) > MAX_TAGS:
            raise refuse("tags_too_many", limit=MAX_TAGS)
        return {_tag_text(name, 40): _tag_text(text, 100) for name, text in tags.items() if text is not None}


class UrlCell(TextCell):
    """An http(s) address."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(r"https?://[^\s/]+\S*", text):
            raise refuse("url_invalid")
        return text


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise refuse("moment_invalid")
    text = _YEAR_FIRST.sub(r"\1-\2-\3", value.strip())
    short = _SHORT_DATE.fullmatch(text)
    try:
        return datetime(*(int(part or 0) for part in short.groups())) if short else datetime.fromisoformat(text)  # noqa: DTZ001
    except ValueError:
        raise refuse("moment_invalid") from None


def _tags(text: str) -> Any:
    if text.startswith("{"):
        try:
            return json.loads(text, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise refuse("tags_invalid") from None
    parts = [part.strip() for part in re.split(r"[;；|,，、]", text) if part.strip()]
    return dict(_tag(part) for part in parts)


def _tag(part: str) -> tuple[str, str]:
    named = _TAG.fullmatch(part)
    return (named[1].strip(), named[2].strip()) if named else (part, "是")


def _tag_text(value: Any, limit: int) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return TextCell(limit=limit).deserialize(as_text(value))
