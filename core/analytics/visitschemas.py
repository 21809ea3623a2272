"""A visit on the wire."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Regexp

from core.analytics.scenes import SCENE
from core.web.fields import IdField


class VisitInSchema(ma.Schema):
    """The client's own random name for this device, and how the shopper came."""

    visitor = ma.fields.String(
        required=True, validate=Regexp(r"^[A-Za-z0-9_-]{16,64}\Z", error="访客标识应为 16–64 位字母、数字、- 或 _")
    )
    scene = ma.fields.String(
        required=True,
        validate=Regexp(rf"^{SCENE.pattern}\Z", error="场景应为 1–32 位字母、数字或 _.:-"),
        metadata={"description": "WeChat's scene number as text, or the shop's own code"},
    )
    store_id = IdField(load_default=None)
