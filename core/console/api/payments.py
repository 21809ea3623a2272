"""How the shop is paid: its mini-programs and merchant account, and money that does not get on by itself.

Secrets can be written, never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy import RowMapping

from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.payments import accounts, check, profiles, showing, stuck
from core.payments.schemas import (
    CheckedSchema,
    FailingRefundsSchema,
    ProfileInSchema,
    ProfileSchema,
    SettlementSchema,
    StuckPaymentsSchema,
    WechatAppInSchema,
    WechatAppsSchema,
)
from core.staff import audit
from core.web.api import problems_documented
from core.web.lists import CursorQuerySchema
from core.web.paging import encode_cursor, integer
from core.web.paths import with_paths

blp = with_paths(Blueprint("console_payments", __name__))


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


@blp.route("/payment-profile/check", methods=["POST"])
@requires("payments.edit")
@blp.arguments(ProfileInSchema)
@blp.response(200, CheckedSchema)
@problems_documented(blp, *COMMON)
def check_profile(data: dict[str, Any]) -> dict[str, Any]:
    """Ask WeChat whether these keys are right (检测配置); stores nothing. Keys that are left out are the stored ones."""
    return {"items": check.check_profile(data)}


@blp.route("/wechat-apps/check", methods=["POST"])
@requires("payments.edit")
@blp.arguments(WechatAppInSchema)
@blp.response(200, CheckedSchema)
@problems_documented(blp, *COMMON)
def check_app(data: dict[str, Any]) -> dict[str, Any]:
    """Ask WeChat whether AppID and AppSecret are right; stores nothing."""
    return {"items": check.check_app(data["appid"], data["secret"])}


@blp.route("/payments/stuck")
@requires("orders.view")
@blp.arguments(CursorQuerySchema, location="query")
@blp.response(200, StuckPaymentsSchema)
@problems_documented(blp, *COMMON)
def list_stuck_payments(query: dict[str, Any]) -> dict[str, Any]:
    """Payments whose outcome WeChat has not told for a while, the oldest first."""
    rows = stuck.stuck_payments(current_staff().scope, integer(query["cursor"]), query["limit"] + 1)
    return _page(rows, query["limit"])


@blp.route("/payments/<id:payment_id>/retry", methods=["POST"])
@requires("orders.refund")
@blp.response(204)
@problems_documented(blp, *COMMON)
def retry_payment(payment_id: int) -> None:
    """Ask WeChat now."""
    stuck.retry_payment(payment_id, current_staff().scope)
    audit.record("payments.retry", f"payment:{payment_id}")
    db.session.commit()


@blp.route("/refunds/failing")
@requires("orders.refund")
@blp.arguments(CursorQuerySchema, location="query")
@blp.response(200, FailingRefundsSchema)
@problems_documented(blp, *COMMON)
def list_failing_refunds(query: dict[str, Any]) -> dict[str, Any]:
    """Refunds that WeChat refuses or cannot credit, the oldest first."""
    rows = stuck.failing_refunds(current_staff().scope, integer(query["cursor"]), query["limit"] + 1)
    return _page(rows, query["limit"])


@blp.route("/refunds/<id:refund_id>/retry", methods=["POST"])
@requires("orders.refund")
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def retry_refund(refund_id: int) -> None:
    """Try it now, under its number; 409 `refund_closed` when WeChat will never make it."""
    stuck.retry_refund(refund_id, current_staff().scope)
    audit.record("refunds.retry", f"refund:{refund_id}")
    db.session.commit()


@blp.route("/refunds/<id:refund_id>/settle", methods=["POST"])
@requires("orders.refund")
@blp.arguments(SettlementSchema)
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def settle_refund(data: dict[str, Any], refund_id: int) -> None:
    """Note that the money went back another way (线下退款); 409 `refund_under_way` while WeChat may still make it."""
    staff = current_staff()
    stuck.settle_refund(refund_id, data["note"], staff.id, staff.scope)
    audit.record("refunds.settle", f"refund:{refund_id}", note=data["note"])
    db.session.commit()


def _page(rows: Sequence[RowMapping], limit: int) -> dict[str, Any]:
    shown = rows[:limit]
    return {"items": shown, "next_cursor": encode_cursor(shown[-1]["id"]) if len(rows) > limit else None}
