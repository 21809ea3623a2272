"""Blocks, pages and replies as our documents describe them; what is inside props stands in `blocks.schema.json`."""

from __future__ import annotations

import marshmallow as ma


class BlockSchema(ma.Schema):
    """A block; its props stand in `blocks.schema.json`."""

    id = ma.fields.String()
    type = ma.fields.String()
    src = ma.fields.String(metadata={"description": "whose block it is: a plugin's name, or core"})
    props = ma.fields.Dict()
    children = ma.fields.List(ma.fields.Nested(lambda: BlockSchema()))


def slots_field() -> ma.fields.Dict:
    """`slots`: blocks by slot; slots that nobody fills are missing."""
    blocks = ma.fields.List(ma.fields.Nested(BlockSchema))
    return ma.fields.Dict(
        keys=ma.fields.String(), values=blocks, metadata={"description": "blocks of plugins by slot"}
    )


class ShareSchema(ma.Schema):
    title = ma.fields.String()
    img = ma.fields.String()


class BlockPageSchema(ma.Schema):
    """A page of blocks (protocol v1)."""

    v = ma.fields.Integer()
    level = ma.fields.Integer(metadata={"description": "highest block level used below"})
    min_level = ma.fields.Integer(metadata={"description": "clients below it can't use the page"})
    now = ma.fields.Integer(metadata={"description": "the server's clock, milliseconds since 1970"})
    title = ma.fields.String()
    ttl = ma.fields.Integer(metadata={"description": "seconds until it is fetched again while visible; 0: never"})
    share = ma.fields.Nested(ShareSchema, allow_none=True)
    blocks = ma.fields.List(ma.fields.Nested(BlockSchema))


class PatchSchema(ma.Schema):
    id = ma.fields.String()
    props = ma.fields.Dict()


class ReplySchema(ma.Schema):
    """What an operation came to: what the client does next, new props of blocks it shows, messages by form field."""

    ok = ma.fields.Boolean()
    actions = ma.fields.List(ma.fields.Dict())
    patch = ma.fields.List(ma.fields.Nested(PatchSchema))
    errors = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())


class PluginOnSchema(ma.Schema):
    name = ma.fields.String()
    title = ma.fields.String()
    version = ma.fields.String()


class CapabilitiesSchema(ma.Schema):
    """What this shop can do."""

    protocol = ma.fields.Integer()
    block_level = ma.fields.Integer(metadata={"description": "highest block level of the server"})
    plugins = ma.fields.List(ma.fields.Nested(PluginOnSchema))
