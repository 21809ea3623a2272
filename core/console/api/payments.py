"""How the shop is paid: its mini-programs and merchant account. Secrets can be written, never read."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from sqlalchemy import RowMapping

from core.console.auth import COMMON, requires
from core.db import db
from core.payments import accounts, profiles, showing
from core.payments.schemas import ProfileInSchema, ProfileSchema, WechatAppInSchema, WechatAppsSchema
from core.staff import audit
from core.web.api import problems_documented

blp = Blueprint("console_payments", __name__)


@blp.route("/wechat-apps")
@requires("payments.edit")
@blp.response(200, WechatAppsSchema)
@problems_documented(blp, *COMMON)
def list_apps() -> dict[str, Any]:
    """The shop's mini-programs (小程序)."""
    return {"items": showing.apps()}


@blp.route("/wechat-apps", methods=["PUT"])
@requires("payments.edit")
@blp.arguments(WechatAppInSchema)
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def keep_app(data: dict[str, Any]) -> None:
    """Add a mini-program or replace its secret; 409 `appid_taken` when another shop has it."""
    profiles.save_app(data["appid"], data["secret"], data["name"])
    audit.record("payments.app", f"app:{data['appid']}")
    db.session.commit()


@blp.route("/payment-profile")
@requires("payments.edit")
@blp.response(200, ProfileSchema)
@problems_documented(blp, *COMMON)
def read_profile() -> RowMapping:
    """The merchant account in force, without its keys."""
    return showing.payment_profile()


@blp.route("/payment-profile", methods=["PUT"])
@requires("payments.edit")
@blp.arguments(ProfileInSchema)
@blp.response(200, ProfileSchema)
@problems_documented(blp, *COMMON, 409)
def keep_profile(data: dict[str, Any]) -> RowMapping:
    """Store a new version of the merchant account (收款账户); 422 `payment_profile_invalid` names the field to correct,
    409 `provider_not_configured`: partner mode without the platform's keys."""
    version = accounts.keep_profile(data)
    row = showing.payment_profile()
    audit.record("payments.profile", f"payment_profile:{version}", mode=row["mode"], mchid=row["mchid"])
    db.session.commit()
    return row
