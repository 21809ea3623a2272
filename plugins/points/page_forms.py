"""What staff fill in on pages: gifts by the SKU's code, everything with a label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow.validate import NoneOf, Range

from core.plugin import Refused, shop
from core.plugin.web import Fen, IdField, Moment, Text

from .messages import say

_LARGE = 100_000_000


class AdjustForm(ma.Schema):
    points = ma.fields.Integer(
        required=True, validate=[Range(-_LARGE, _LARGE), NoneOf([0], error="请填写要加或减的积分")],
        metadata={"label": "调整积分", "help": "加积分填正数，减积分填负数，例如 -50"},
    )  # fmt: skip
    reason = Text(100, required=True, metadata={"label": "原因", "help": "会记入操作记录，会员在积分明细里也能看到"})


class MemberLevelForm(ma.Schema):
    level_id = IdField(required=True, metadata={"label": "等级"})
    locked = ma.fields.Boolean(
        load_default=True, metadata={"label": "一直保持这个等级", "help": "关闭后，下次评定时按成长值重新计算"}
    )
    reason = Text(100, required=True, metadata={"label": "原因"})


class LevelForm(ma.Schema):
    name = Text(20, required=True, metadata={"label": "等级名称"})
    growth = ma.fields.Integer(
        required=True, validate=Range(0, _LARGE),
        metadata={"label": "所需成长值", "help": "每实付 1 元得 1 成长值；最低一级填 0"},
    )  # fmt: skip
    price_percent = ma.fields.Integer(
        load_default=100, validate=Range(1, 100),
        metadata={"label": "会员价", "unit": "%", "help": "95 表示九五折，100 表示不打折"},
    )  # fmt: skip
    earn_percent = ma.fields.Integer(
        load_default=100, validate=Range(0, 1000),
        metadata={"label": "积分倍率", "unit": "%", "help": "150 表示 1.5 倍积分"},
    )  # fmt: skip


class GiftForm(ma.Schema):
    code = Text(64, required=True, metadata={"label": "商品", "help": "货号或条码"})
    points = ma.fields.Integer(required=True, validate=Range(1, _LARGE), metadata={"label": "所需积分"})
    cash_fen = Fen(load_default=0, metadata={"label": "另加现金", "help": "不用加钱填 0"})
    stock = ma.fields.Integer(
        required=True, validate=Range(0, 1_000_000), metadata={"label": "总数量", "help": "包括已经兑换的", "unit": "件"}
    )
    per_buyer = ma.fields.Integer(
        load_default=None, allow_none=True, validate=Range(1, 10_000),
        metadata={"label": "每人限兑", "unit": "件", "help": "不填不限"},
    )  # fmt: skip
    sort = ma.fields.Integer(load_default=0, validate=Range(0, 10_000), metadata={"label": "排序", "help": "数字小的在前"})
    starts_at = Moment(load_default=None, allow_none=True, metadata={"label": "开始时间", "help": "不填表示立即开始"})
    ends_at = Moment(load_default=None, allow_none=True, metadata={"label": "结束时间", "help": "不填表示一直有效"})
    active = ma.fields.Boolean(load_default=True, metadata={"label": "上架"})

    @ma.validates_schema
    def _check(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        begin, end = data.get("starts_at"), data.get("ends_at")
        if begin and end and begin >= end:
            raise ma.ValidationError(say("bad_activity"), "ends_at")


def gift_row(data: Mapping[str, Any]) -> dict[str, Any]:
    """The gift as it is stored; raises Refused for an unknown code."""
    sku = shop().skus.find(data["code"])
    if sku is None:
        raise Refused("points_sku_unknown", say("sku_unknown"))
    return {**{key: value for key, value in data.items() if key != "code"}, "sku_id": sku.id}


def gift_values(gift: Mapping[str, Any]) -> dict[str, Any]:
    """A stored gift as the form shows it."""
    sku = shop().skus.by_id([gift["sku_id"]]).get(gift["sku_id"])
    return {**gift, "code": sku.code if sku else ""}
