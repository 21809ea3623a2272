"""What the console sends and sees of plugins."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import OneOf

from core.web.fields import Moment

STATES = ("off", "on", "closing", "missing", "unfit")


class PluginSchema(ma.Schema):
    """`state` is what it is now, `switch` where the merchant put it: a plugin can be on and missing."""

    name = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    summary = ma.fields.String(required=True)
    version = ma.fields.String(allow_none=True, metadata={"description": "installed; null when the package is gone"})
    origin = ma.fields.String(allow_none=True, metadata={"description": "the package it came with"})
    state = ma.fields.String(required=True, validate=OneOf(STATES))
    switch = ma.fields.String(required=True, validate=OneOf(STATES[:3]))
    since = Moment(allow_none=True, metadata={"description": "when the switch was last turned"})
    enabled_version = ma.fields.String(allow_none=True, metadata={"description": "the version at that moment"})
    in_plan = ma.fields.Boolean(required=True)
    requires = ma.fields.List(ma.fields.String())
    conflicts = ma.fields.List(ma.fields.String())
    has_settings = ma.fields.Boolean()
    has_tables = ma.fields.Boolean(metadata={"description": "the shop has data of it"})
    behind = ma.fields.Boolean(metadata={"description": "its tables wait for `jishi db migrate`"})
    reasons = ma.fields.List(ma.fields.String(), metadata={"description": "why it does not work or can't be enabled"})


class PluginsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(PluginSchema))


class BlockerSchema(ma.Schema):
    code = ma.fields.String()
    message = ma.fields.String()


class OnePluginSchema(PluginSchema):
    """`blockers` keep a closing plugin from going off."""

    blockers = ma.fields.List(ma.fields.Nested(BlockerSchema))


class FormFieldErrorSchema(ma.Schema):
    field = ma.fields.String()
    message = ma.fields.String()


class SettingsFormSchema(ma.Schema):
    """`fields` describe the form; secrets are never in `values`, `secrets_set` tells whether they are filled in."""

    fields_ = ma.fields.List(ma.fields.Dict(keys=ma.fields.String()), data_key="fields", attribute="fields")
    values = ma.fields.Dict(keys=ma.fields.String())
    secrets_set = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Boolean())
    errors = ma.fields.List(
        ma.fields.Nested(FormFieldErrorSchema), metadata={"description": "what is still to be filled in"}
    )


class SettingsChangeSchema(ma.Schema):
    """All settings anew: what is not given falls back to its default, but a secret not given stays."""

    values = ma.fields.Dict(required=True, keys=ma.fields.String())


class PurgeSchema(ma.Schema):
    name = ma.fields.String(required=True, metadata={"description": "the plugin's name, typed once more"})


class PurgedSchema(ma.Schema):
    tables = ma.fields.List(ma.fields.String(), metadata={"description": "tables that were dropped"})


class FailureSchema(ma.Schema):
    """`place` tells where: `hook:quote`, `handler:order.paid`, `job:expire`, `route:…`, `migration`."""

    place = ma.fields.String()
    since = Moment()
    last_at = Moment()
    count = ma.fields.Integer()
    error = ma.fields.String()


class FailuresSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(FailureSchema))
