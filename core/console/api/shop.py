"""The shop's settings."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from core.console.auth import COMMON, requires
from core.db import db
from core.settings import service as settings
from core.settings.schemas import ShopSettingsSchema
from core.staff import audit
from core.web.api import problems_documented

blp = Blueprint("console_shop", __name__)


class ShopSettingsChangeSchema(ShopSettingsSchema):
    """What is not given stays as it is."""


@blp.route("/settings")
@requires("settings.edit")
@blp.response(200, ShopSettingsSchema)
@problems_documented(blp, *COMMON)
def read_settings() -> dict[str, Any]:
    """Every setting, defaults filled in."""
    return settings.shop_settings()


@blp.route("/settings", methods=["PATCH"])
@requires("settings.edit")
@blp.arguments(ShopSettingsChangeSchema(partial=True))
@blp.response(200, ShopSettingsSchema)
@problems_documented(blp, *COMMON)
def change_settings(data: dict[str, Any]) -> dict[str, Any]:
    """Change the named settings; all of them come back."""
    changed = settings.change(data)
    audit.record("settings.change", "shop", names=sorted(data))
    db.session.commit()
    return changed
