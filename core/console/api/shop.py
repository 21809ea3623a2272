"""The shop's settings."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from core.console.auth import COMMON, requires
from core.db import db
from core.settings import service as settings
from core.settings.schemas import ShopSettingsSchema
from core.web.api import problems_documented

blp = Blueprint("console_shop", __name__)


class ShopSettingsOutSchema(ShopSettingsSchema):
    """Every setting; `version` goes back with a change."""

    version = ma.fields.Integer()


class ShopSettingsChangeSchema(ShopSettingsSchema):
    """What is not given stays as it is; `version` is what the editor saw, without it the last one wins."""

    version = ma.fields.Integer(strict=True)


@blp.route("/settings")
@requires("settings.edit")
@blp.response(200, ShopSettingsOutSchema)
@problems_documented(blp, *COMMON)
def read_settings() -> dict[str, Any]:
    """Every setting, defaults filled in."""
    return {**settings.shop_settings(), "version": settings.version()}


@blp.route("/settings", methods=["PATCH"])
@requires("settings.edit")
@blp.arguments(ShopSettingsChangeSchema(partial=True))
@blp.response(200, ShopSettingsOutSchema)
@problems_documented(blp, *COMMON, 409)
def change_settings(data: dict[str, Any]) -> dict[str, Any]:
    """Change the named settings; all of them come back."""
    changed = settings.change(data, data.pop("version", None))
    db.session.commit()
    return {**changed, "version": settings.version()}
