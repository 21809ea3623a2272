"""Campaigns and gifts as staff fill them in on pages: amounts in yuan, discounts in 折, goods by their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from core.plugin import Refused, shop
from core.plugin.web import Fen, IdField, Moment, Text

from .models import CampaignRow

_NONE = Decimal(10)
_SAME = ("title", "priority", "active", "basis", "mode", "with_coupons", "max_times", "max_off_fen")
_KEPT = (*_SAME, "starts_at", "ends_at")


class StepSchema(ma.Schema):
    """One level; `at` is in yuan or pieces."""

    at = ma.fields.Decimal(
        required=True, places=2, allow_nan=False, validate=Range(Decimal("0.01"), Decimal(999_999)),
        metadata={"label": "满", "unit": "元/件"},
    )  # fmt: skip
    off_fen = Fen(load_default=None, allow_none=True, metadata={"label": "减"})
    discount = ma.fields.Decimal(
        load_default=None, allow_none=True, places=1, allow_nan=False, validate=Range(Decimal("0.1"), Decimal("9.9")),
        metadata={"label": "打", "unit": "折"},
    )  # fmt: skip
    gift_id = IdField(load_default=None, allow_none=True, metadata={"label": "送赠品"})
    free_shipping = ma.fields.Boolean(load_default=False, metadata={"label": "包邮"})


class OfferSchema(ma.Schema):
    title = Text(30, required=True, metadata={"label": "活动名称", "help": "只给自己看，例如“周末满减”"})
    basis = ma.fields.String(
        required=True, validate=OneOf(["amount", "pieces"], ["满元", "满件"]), metadata={"label": "按什么计算"}
    )
    mode = ma.fields.String(
        required=True, validate=OneOf(["ladder", "every"], ["阶梯：只算最高一级", "每满：满几次算几次"]),
        metadata={"label": "怎么算"},
    )  # fmt: skip
    priority = ma.fields.Integer(
        load_default=100, validate=Range(0, 9999),
        metadata={"label": "优先级", "help": "数字小的先算；算过的商品不再参加后面的活动"},
    )  # fmt: skip
    steps = ma.fields.List(
        ma.fields.Nested(StepSchema), required=True, validate=Length(1, 10),
        metadata={"label": "优惠", "help": "每一行是一级，从低到高；减钱和打折只能填一个"},
    )  # fmt: skip
    max_times = ma.fields.Integer(
        load_default=None, allow_none=True, validate=Range(1, 1000),
        metadata={"label": "最多算几次", "help": "只用于“每满”；不填不限"},
    )  # fmt: skip
    max_off_fen = Fen(load_default=None, allow_none=True, metadata={"label": "最多减", "help": "不填不封顶"})
    starts_at = Moment(required=True, metadata={"label": "开始时间"})
    ends_at = Moment(load_default=None, allow_none=True, metadata={"label": "结束时间", "help": "不填表示一直有效"})
    codes = ma.fields.List(
        ma.fields.String(validate=Length(1, 64)), load_default=list, validate=Length(max=100),
        metadata={"label": "限定商品", "help": "货号或条码；不填表示全场。"},
    )  # fmt: skip
    with_coupons = ma.fields.Boolean(load_default=True, metadata={"label": "可与优惠券同用"})
    active = ma.fields.Boolean(load_default=True, metadata={"label": "启用"})


class GiftFormSchema(ma.Schema):
    name = Text(30, required=True, metadata={"label": "赠品名称"})
    stock = ma.fields.Integer(required=True, validate=Range(0, 999_999), metadata={"label": "数量", "unit": "件"})


class RestockFormSchema(ma.Schema):
    change = ma.fields.Integer(
        required=True, validate=Range(-999_999, 999_999),
        metadata={"label": "增减数量", "help": "负数表示减少", "unit": "件"},
    )  # fmt: skip


def wire(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the form holds, as the API takes it (`schemas.RuleSchema`); raises Refused for an unknown code."""
    unit = 100 if data["basis"] == "amount" else 1
    levels = [_level(step, unit) for step in data["steps"]]
    plain = {key: data[key] for key in _SAME}
    ends_at = data["ends_at"] and data["ends_at"].isoformat()
    return plain | {
        "levels": levels, "products": _products(data["codes"]),
        "starts_at": data["starts_at"].isoformat(), "ends_at": ends_at,
    }  # fmt: skip


def filled(rule: CampaignRow) -> dict[str, Any]:
    """A stored campaign as the form shows it."""
    unit = 100 if rule.basis == "amount" else 1
    known = shop().skus.of_products(rule.products) if rule.products else {}
    steps = [_step(level, unit) for level in rule.levels]
    return {key: getattr(rule, key) for key in _KEPT} | {"steps": steps, "codes": [sku.code for sku in known.values()]}


def _level(step: Mapping[str, Any], unit: int) -> dict[str, Any]:
    at = step["at"] * unit
    if at != int(at):
        raise Refused("not_whole", "按件计算时，“满”应填整数")
    percent = int((step["discount"] or _NONE) * 10)
    gift = str(step["gift_id"]) if step["gift_id"] else None
    return {"at": int(at), "off_fen": step["off_fen"] or 0, "percent": percent, "free_shipping": step["free_shipping"],
            "gift_id": gift}


def _step(level: Mapping[str, Any], unit: int) -> dict[str, Any]:
    at, percent = Decimal(level["at"]) / unit, level["percent"]
    discount = f"{Decimal(percent) / 10:f}" if percent < 100 else None
    return {**level, "at": f"{at:f}", "off_fen": level["off_fen"] or None, "discount": discount}


def _products(codes: Sequence[str]) -> list[str]:
    found = {code: shop().skus.find(code) for code in codes}
    if unknown := [code for code, sku in found.items() if sku is None]:
        raise Refused("unknown_code", f"没有找到商品：{'、'.join(unknown)}")
    return sorted({str(sku.product_id) for sku in found.values() if sku})
