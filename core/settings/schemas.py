"""The shop's settings: one schema validates what staff enter and types what the code reads."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, Range


class ShopSettingsSchema(ma.Schema):
    """Every setting has a default, so a new shop can sell without entering any."""

    pay_minutes = ma.fields.Integer(
        load_default=30, validate=Range(1, 1440), metadata={"label": "未付款自动关闭（分钟）"}
    )
    complete_days = ma.fields.Integer(
        load_default=7, validate=Range(0, 60), metadata={"label": "送达后自动完成（天）"}
    )
    privacy_version = ma.fields.String(
        load_default="2026-01", validate=Length(1, 32), metadata={"label": "隐私政策版本"}
    )
    privacy_text = ma.fields.String(
        load_default="我们只为完成您的订单收集必要的信息，您可以随时查看、导出或删除。",
        validate=Length(1, 20000),
        metadata={"label": "隐私政策"},
    )
    message_ready = ma.fields.String(
        load_default="", validate=Length(max=64), metadata={"label": "取货通知模板编号"}
    )
    service_phone = ma.fields.String(load_default="", validate=Length(max=32), metadata={"label": "客服电话"})
