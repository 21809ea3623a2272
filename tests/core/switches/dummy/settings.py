from __future__ import annotations

from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow.validate import OneOf, Range

from core.plugin.web import Fen, Text


class DummySettings(ma.Schema):
    greeting = Text(20, load_default="您好", metadata={"label": "问候语"})
    floor = Fen(load_default=100, metadata={"label": "起步金额"})
    rate = ma.fields.Decimal(
        places=2, load_default=Decimal("1.00"), validate=Range(min=0), metadata={"label": "倍率", "unit": "%"}
    )
    mood = ma.fields.String(
        load_default="good", validate=OneOf(["good", "raise", "exit", "refuse"], ["好", "报错", "退出", "拒绝"]),
        metadata={"label": "启用时"},
    )
    api_key = Text(64, load_default=None, allow_none=True, metadata={"label": "密钥", "secret": True})


def upgrade(data: dict[str, Any], from_version: int) -> dict[str, Any]:
    """Version 1 said `hello`."""
    return {("greeting" if key == "hello" else key): value for key, value in data.items()}
