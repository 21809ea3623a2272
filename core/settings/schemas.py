"""The shop's settings: one schema validates what staff enter and types what the code reads."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Range

from core.web.text import Text


class ShopSettingsSchema(ma.Schema):
    """Every setting has a default, so a new shop can sell without entering any."""

    pay_minutes = ma.fields.Integer(
        load_default=30, strict=True, validate=Range(1, 1440), metadata={"label": "未付款自动关闭（分钟）"}
    )
    complete_days = ma.fields.Integer(
        load_default=7, strict=True, validate=Range(0, 60), metadata={"label": "送达后自动完成（天）"}
    )
    privacy_version = Text(32, load_default="2026-01", metadata={"label": "隐私政策版本"})
    privacy_text = Text(
        20000,
        load_default="我们只为完成您的订单收集必要的信息，您可以随时查看、导出或删除。",
        metadata={"label": "隐私政策"},
    )
    message_ready = Text(64, 0, load_default="", metadata={"label": "取货通知模板编号"})
    service_phone = Text(32, 0, load_default="", metadata={"label": "客服电话"})
