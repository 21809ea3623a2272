"""The shop's mini-programs and merchant account: secrets go in and never come out."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Regexp

from core.web.fields import Fen, IdField, Moment
from core.web.lists import PageSchema
from core.web.text import Text

_APPID = Regexp(r"^[0-9A-Za-z_-]{1,32}\Z", error="AppID 格式不正确")
_MCHID = Regexp(r"^[0-9]{1,32}\Z", error="商户号应为数字")
MAX_PEM = 8192


class WechatAppInSchema(ma.Schema):
    appid = ma.fields.String(required=True, validate=_APPID)
    name = Text(64, required=True)
    secret = Text(64, 16, required=True, load_only=True)


class WechatAppSchema(ma.Schema):
    appid = ma.fields.String()
    name = ma.fields.String()
    created_at = Moment()


class WechatAppsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(WechatAppSchema))


class ProfileInSchema(ma.Schema):
    """direct (直连): the shop's own merchant account with its keys; a key that is left out stays as it is stored.
    partner (服务商): the platform's keys and the shop's `sub_mchid`."""

    mode = ma.fields.String(required=True, validate=OneOf(["direct", "partner"]))
    appid = ma.fields.String(required=True, validate=_APPID)
    mchid = ma.fields.String(load_default=None, allow_none=True, validate=_MCHID)
    sub_mchid = ma.fields.String(load_default=None, allow_none=True, validate=_MCHID)
    sub_appid = ma.fields.String(load_default=None, allow_none=True, validate=_APPID)
    cert_serial_no = Text(64, load_default=None, allow_none=True)
    private_key_pem = Text(MAX_PEM, load_default=None, allow_none=True, load_only=True)
    apiv3_key = Text(64, load_default=None, allow_none=True, load_only=True)
    verify_mode = ma.fields.String(load_default="pubkey", validate=OneOf(["pubkey", "cert"]))
    wxpay_public_key_id = Text(64, attribute="public_key_id", load_default=None, allow_none=True)
    wxpay_public_key_pem = Text(MAX_PEM, attribute="public_key_pem", load_default=None, allow_none=True)
    platform_certs = ma.fields.List(Text(MAX_PEM), load_default=list, validate=Length(max=10))

    @ma.validates_schema
    def _complete(self, data: dict[str, Any], **kwargs: Any) -> None:
        needed = ("mchid", "cert_serial_no") if data["mode"] == "direct" else ("sub_mchid",)
        missing = [name for name in needed if not data[name]]
        if missing:
            raise ma.ValidationError({name: ["请填写此项"] for name in missing})
        if data["mode"] == "direct" and data["verify_mode"] == "cert" and not data["platform_certs"]:
            raise ma.ValidationError("证书模式必须填写平台证书", "platform_certs")


class ProfileSchema(ma.Schema):
    """What is in force, without secrets."""

    version = IdField()
    mode = ma.fields.String()
    appid = ma.fields.String()
    mchid = ma.fields.String()
    sub_mchid = ma.fields.String(allow_none=True)
    sub_appid = ma.fields.String(allow_none=True)
    cert_serial_no = ma.fields.String(allow_none=True)
    verify_mode = ma.fields.String()
    wxpay_public_key_id = ma.fields.String(attribute="public_key_id", allow_none=True)
    has_private_key = ma.fields.Boolean()
    has_apiv3_key = ma.fields.Boolean()
    created_at = Moment()


class StepSchema(ma.Schema):
    """`ok` is null where it can't be told yet; `advice` says what to do."""

    step = ma.fields.String()
    label = ma.fields.String()
    ok = ma.fields.Boolean(allow_none=True)
    message = ma.fields.String()
    advice = ma.fields.String()


class CheckedSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StepSchema))


class StuckPaymentSchema(ma.Schema):
    id = IdField()
    out_trade_no = ma.fields.String()
    amount_fen = Fen()
    state = ma.fields.String()
    checks = ma.fields.Integer()
    error = ma.fields.String(allow_none=True)
    since = Moment()
    next_check_at = Moment()
    order_number = ma.fields.String()
    order_state = ma.fields.String()
    store_id = IdField()


class StuckPaymentsSchema(PageSchema):
    items = ma.fields.List(ma.fields.Nested(StuckPaymentSchema))


class FailingRefundSchema(ma.Schema):
    """`error` is WeChat's reason; `can_retry` and `can_settle` say what may be done."""

    id = IdField()
    out_refund_no = ma.fields.String()
    amount_fen = Fen()
    kind = ma.fields.String()
    reason = ma.fields.String()
    state = ma.fields.String()
    attempts = ma.fields.Integer()
    error = ma.fields.String(allow_none=True)
    since = Moment()
    next_try_at = Moment(allow_none=True)
    can_retry = ma.fields.Boolean()
    can_settle = ma.fields.Boolean()
    order_number = ma.fields.String()
    store_id = IdField()


class FailingRefundsSchema(PageSchema):
    items = ma.fields.List(ma.fields.Nested(FailingRefundSchema))


class SettlementSchema(ma.Schema):
    note = Text(500, required=True)
