"""Input and output of staff accounts."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

from core.staff import audit
from core.staff.audit import ACTORS
from core.staff.domain import ROLES
from core.web.fields import IdField, Moment
from core.web.paging import MAX_LIMIT
from core.web.text import Phone, Text

_PASSWORD = Length(8, 128, error="密码长度应为 8 到 128 位")
MAX_STORES = 500
MAX_PERMISSIONS = 500


def permissions_field() -> ma.fields.List:
    """Names of permissions; whether they exist is for the service to say."""
    name = ma.fields.String(validate=Regexp(r"^[a-z][a-z0-9_.]{0,63}\Z", error="权限名称无效"))
    return ma.fields.List(name, validate=Length(max=MAX_PERMISSIONS))


class CredentialsSchema(ma.Schema):
    phone = Text(32, required=True)
    password = ma.fields.String(required=True, load_only=True, validate=Length(1, 128))


class StaffSessionSchema(ma.Schema):
    token = ma.fields.String()
    expires_at = Moment()


class SecondFactorSchema(ma.Schema):
    pending = ma.fields.String(required=True, load_only=True, validate=Length(1, 64))
    code = Text(32, required=True)


class CodeSchema(ma.Schema):
    """Six digits of the app, or a recovery code."""

    code = Text(32, required=True)


class TwoFactorOffSchema(CodeSchema):
    password = ma.fields.String(required=True, load_only=True, validate=Length(1, 128))


class TwoFactorSchema(ma.Schema):
    enabled = ma.fields.Boolean()
    since = Moment(allow_none=True)
    enrolling = ma.fields.Boolean()
    codes_left = ma.fields.Integer()


class EnrolmentSchema(ma.Schema):
    secret = ma.fields.String()
    uri = ma.fields.String(metadata={"description": "otpauth://totp/…"})
    qr_svg = ma.fields.String()


class RecoveryCodesSchema(ma.Schema):
    recovery_codes = ma.fields.List(ma.fields.String())


class OpenSessionSchema(ma.Schema):
    """Somewhere one is logged in; `ip_prefix` is a /24 or /48."""

    id = IdField()
    created_at = Moment()
    seen_at = Moment()
    expires_at = Moment()
    user_agent = ma.fields.String()
    ip_prefix = ma.fields.String()
    current = ma.fields.Boolean()


class OpenSessionsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OpenSessionSchema))


class EndedSchema(ma.Schema):
    ended = ma.fields.Integer()


class MeSchema(ma.Schema):
    """Who is logged in, what the role may do, and for which stores (null: all)."""

    id = IdField()
    name = ma.fields.String()
    phone = ma.fields.String()
    role = ma.fields.String()
    permissions = ma.fields.List(ma.fields.String())
    store_ids = ma.fields.List(IdField(), allow_none=True)


class StaffInSchema(ma.Schema):
    """`store_ids` empty: every store."""

    phone = Phone(required=True)
    name = Text(32, required=True)
    password = ma.fields.String(required=True, load_only=True, validate=_PASSWORD)
    role = ma.fields.String(required=True, validate=OneOf(sorted(ROLES)))
    store_ids = ma.fields.List(IdField(), load_default=list, validate=Length(max=MAX_STORES))


class StaffChangeSchema(ma.Schema):
    """What is not given stays; a new password, a new role or `active: false` ends the person's sessions."""

    name = Text(32)
    password = ma.fields.String(load_only=True, validate=_PASSWORD)
    role = ma.fields.String(validate=OneOf(sorted(ROLES)))
    active = ma.fields.Boolean()
    store_ids = ma.fields.List(IdField(), validate=Length(max=MAX_STORES))
    permissions_added = permissions_field()
    permissions_removed = permissions_field()

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ma.ValidationError("请至少修改一项")


class PasswordSchema(ma.Schema):
    old = ma.fields.String(required=True, load_only=True, validate=Length(1, 128))
    new = ma.fields.String(required=True, load_only=True, validate=_PASSWORD)


class StaffSchema(ma.Schema):
    id = IdField()
    phone = ma.fields.String()
    name = ma.fields.String()
    role = ma.fields.String()
    active = ma.fields.Boolean()
    store_ids = ma.fields.List(IdField())
    created_at = Moment()
    permissions_added = ma.fields.List(ma.fields.String())
    permissions_removed = ma.fields.List(ma.fields.String())
    two_factor = ma.fields.Boolean()
    locked_until = Moment(allow_none=True)
    seen_at = Moment(allow_none=True)


class StaffListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StaffSchema))
    next_cursor = ma.fields.String(allow_none=True)


class PermissionSchema(ma.Schema):
    name = ma.fields.String()
    label = ma.fields.String()
    group = ma.fields.String()
    roles = ma.fields.List(ma.fields.String(), metadata={"description": "roles that have it by themselves"})


class RolesSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(PermissionSchema))


class InvitationInSchema(ma.Schema):
    """`store_ids` empty: every store."""

    phone = Phone(required=True)
    name = Text(32, required=True)
    role = ma.fields.String(required=True, validate=OneOf(sorted(ROLES)))
    store_ids = ma.fields.List(IdField(), load_default=list, validate=Length(max=MAX_STORES))


class InvitedSchema(ma.Schema):
    id = IdField()
    token = ma.fields.String(metadata={"description": "for the link, shown this once"})
    expires_at = Moment()


class InvitationSchema(ma.Schema):
    id = IdField()
    phone = ma.fields.String()
    name = ma.fields.String()
    role = ma.fields.String()
    store_ids = ma.fields.List(IdField())
    created_at = Moment()
    expires_at = Moment()
    expired = ma.fields.Boolean()
    invited_by_name = ma.fields.String(allow_none=True)


class InvitationsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(InvitationSchema))
    next_cursor = ma.fields.String(allow_none=True)


class InvitationTokenSchema(ma.Schema):
    token = ma.fields.String(required=True, load_only=True, validate=Length(1, 64))


class AcceptSchema(InvitationTokenSchema):
    name = Text(32, required=True)
    password = ma.fields.String(required=True, load_only=True, validate=_PASSWORD)


class OfferSchema(ma.Schema):
    """What an invitation offers."""

    phone = ma.fields.String()
    name = ma.fields.String()
    role = ma.fields.String()
    store_ids = ma.fields.List(IdField())
    expires_at = Moment()


class PageQuerySchema(ma.Schema):
    cursor = ma.fields.String(load_default=None, validate=Length(max=200))
    limit = ma.fields.Integer(load_default=20, validate=Range(1, MAX_LIMIT))


class AuditQuerySchema(PageQuerySchema):
    """`action` is how it begins (`orders.`); `until` is excluded."""

    actor_id = IdField(load_default=None)
    actor = ma.fields.String(load_default=None, validate=OneOf(ACTORS))
    action = ma.fields.String(load_default=None, validate=Regexp(r"^[a-z0-9_.]{1,64}\Z"))
    target = ma.fields.String(load_default=None, validate=Regexp(r"^[A-Za-z0-9_.:-]{1,100}\Z"))
    since = Moment(load_default=None)
    until = Moment(load_default=None)


class AuditSchema(ma.Schema):
    id = IdField()
    at = Moment()
    actor = ma.fields.String()
    actor_id = IdField(allow_none=True)
    actor_name = ma.fields.String(allow_none=True)
    action = ma.fields.String()
    label = ma.fields.Function(lambda entry: audit.called(entry["action"]), metadata={"type": "string"})
    target = ma.fields.String()
    detail = ma.fields.Dict()


class AuditsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AuditSchema))
    next_cursor = ma.fields.String(allow_none=True)
