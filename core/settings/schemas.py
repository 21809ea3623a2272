"""The shop's settings: one schema validates what staff enter and types what the code reads."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Range

from core.web.text import Text


class ShopSettingsSchema(ma.Schema):
    """Every setting has a default, so a new shop can sell without entering any."""

    pay_minutes = ma.fields.Integer(
        load_default=30,
        strict=True,
        validate=Range(1, 1440),
        metadata={"label": "未付款自动关闭", "unit": "分钟", "help": "顾客提交订单后多久不付款就关闭，并放回库存"},
    )
    complete_days = ma.fields.Integer(
        load_default=7,
        strict=True,
        validate=Range(0, 60),
        metadata={"label": "送达后自动完成", "unit": "天", "help": "配送订单送达后，顾客没有确认收货时自动完成"},
    )
    low_stock_at = ma.fields.Integer(
        load_default=5,
        strict=True,
        validate=Range(0, 100_000),
        metadata={"label": "低库存提醒", "help": "可售库存等于或少于这个数时提醒；单个商品可在库存页另设"},
    )
    service_phone = Text(
        32, 0, load_default="", metadata={"label": "客服电话", "help": "显示在小程序的订单页，留空则不显示"}
    )
    message_ready = Text(
        64,
        0,
        load_default="",
        metadata={"label": "取货通知模板编号", "help": "微信公众平台“订阅消息”里的模板 ID，留空则不发通知"},
    )
    privacy_version = Text(
        32,
        load_default="2026-01",
        metadata={"label": "隐私政策版本", "help": "改动后，顾客下次登录时须重新同意"},
    )
    privacy_text = Text(
        20000,
        load_default="我们只为完成您的订单收集必要的信息，您可以随时查看、导出或删除。",
        metadata={"label": "隐私政策", "multiline": True, "help": "顾客登录小程序前看到的全文"},
    )
