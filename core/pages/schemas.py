"""What the APIs of pages take and give."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
import orjson
from marshmallow.validate import Length, Regexp

from core.pages.home import MAX_ENTRIES

_OP = r"[a-z][a-z0-9]{2,29}\.[a-z][a-z0-9_-]{0,39}"
_KIND = r"[a-z][a-z0-9]{2,29}\.[a-z][a-z0-9-]{0,39}"
MAX_PARAMS = 8 * 1024


class OperationSchema(ma.Schema):
    """`op` is `<plugin>.<operation>`; `params` are at most 8 KB of JSON."""

    op = ma.fields.String(required=True, validate=Regexp(rf"^{_OP}\Z", error="应为 插件名.操作名"))
    params = ma.fields.Dict(keys=ma.fields.String(), load_default=dict)

    @ma.validates("params")
    def _check_size(self, value: dict[str, Any], **kwargs: Any) -> None:
        try:
            size = len(orjson.dumps(value))
        except (TypeError, ValueError) as error:
            raise ma.ValidationError("含有无法处理的值") from error
        if size > MAX_PARAMS:
            raise ma.ValidationError(f"不能超过 {MAX_PARAMS} 字节")


class EntrySchema(ma.Schema):
    """An entry of the home page: a kind of block and what the merchant entered for it."""

    kind = ma.fields.String(required=True, validate=Regexp(rf"^{_KIND}\Z", flags=re.ASCII, error="没有这种内容"))
    settings = ma.fields.Dict(keys=ma.fields.String(), load_default=dict)
    hidden = ma.fields.Boolean(truthy={True}, falsy={False}, metadata={"description": "shoppers do not see it for now"})


class ArrangementSchema(ma.Schema):
    items = ma.fields.List(
        ma.fields.Nested(EntrySchema),
        required=True,
        validate=Length(max=MAX_ENTRIES, error=f"最多 {MAX_ENTRIES} 项"),
    )


class EntryOutSchema(EntrySchema):
    title = ma.fields.String(allow_none=True, metadata={"description": "null: the kind is not there, its plugin is off"})


class ArrangementOutSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(EntryOutSchema))


class KindSchema(ma.Schema):
    """A kind of block with the fields of its form."""

    kind = ma.fields.String()
    title = ma.fields.String()
    source = ma.fields.String()
    origin = ma.fields.String(metadata={"description": "what a merchant calls the source"})
    fields_ = ma.fields.List(ma.fields.Dict(), data_key="fields")


class KindsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(KindSchema))
