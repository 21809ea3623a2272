"""What the merchant can set."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Range


class Settings(ma.Schema):
    cart_hint = ma.fields.Boolean(load_default=True, metadata={"label": "购物车顶部提示“再买 … 减 …”"})
    hints = ma.fields.Integer(
        load_default=2, strict=True, validate=Range(1, 5), metadata={"label": "最多提示几个活动"}
    )
