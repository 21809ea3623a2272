"""Input and output of staff accounts."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf

from core.staff.domain import ROLES
from core.web.fields import IdField, Moment
from core.web.text import Phone, Text

_PASSWORD = Length(8, 128, error="密码长度应为 8 到 128 位")
MAX_STORES = 500


class CredentialsSchema(ma.Schema):
    phone = Text(32, required=True)
    password = ma.fields.String(required=True, load_only=True, validate=Length(1, 128))


class StaffSessionSchema(ma.Schema):
    token = ma.fields.String()
    expires_at = Moment()


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


class StaffListSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StaffSchema))


class AuditSchema(ma.Schema):
    id = IdField()
    at = Moment()
    actor = ma.fields.String()
    actor_id = IdField(allow_none=True)
    actor_name = ma.fields.String(allow_none=True)
    action = ma.fields.String()
    target = ma.fields.String()
    detail = ma.fields.Dict()


class AuditsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AuditSchema))
    next_cursor = ma.fields.String(allow_none=True)
