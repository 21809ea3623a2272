from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, OneOf

from core.openkeys.domain import SCOPES
from core.web.fields import IdField, Moment
from core.web.text import Text


class ApiKeyInSchema(ma.Schema):
    name = Text(64, required=True)
    scopes = ma.fields.List(
        ma.fields.String(validate=OneOf(sorted(SCOPES))), required=True, validate=Length(1, len(SCOPES))
    )


class ApiKeySchema(ma.Schema):
    """`hint` are the key's last characters."""

    id = IdField()
    name = ma.fields.String()
    hint = ma.fields.String()
    scopes = ma.fields.List(ma.fields.String())
    created_at = Moment()
    revoked_at = Moment(allow_none=True)


class NewApiKeySchema(ApiKeySchema):
    key = ma.fields.String(metadata={"description": "shown this once, never again"})


class ApiKeysSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ApiKeySchema))
    next_cursor = ma.fields.String(allow_none=True)
