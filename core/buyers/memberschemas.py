"""Members on the open API."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

from core.buyers.labels import COLOURS
from core.web.fields import Moment
from core.web.paging import MAX_LIMIT
from core.web.text import Text

MAX_BATCH = 500
_PHONE = Regexp(r"^(1[3-9][0-9]{9}|\+[0-9]{6,18})\Z", error="请填写 11 位手机号，境外号码以 + 和国家码开头")
_TAGS = 50


class MemberSchema(ma.Schema):
    """What is not given stays; `tags` are texts by name and replace the stored ones."""

    member_no = Text(64, required=True)
    phone = ma.fields.String(load_default=None, allow_none=True, validate=_PHONE)
    name = Text(40, load_default=None, allow_none=True)
    joined_at = Moment(load_default=None, allow_none=True)
    tags = ma.fields.Dict(
        keys=Text(64), values=Text(200, 0), load_default=None, allow_none=True, validate=Length(max=_TAGS)
    )


class MemberBatchSchema(ma.Schema):
    members = ma.fields.List(ma.fields.Nested(MemberSchema), required=True, validate=Length(1, MAX_BATCH))


class MemberQuerySchema(ma.Schema):
    member_no = Text(64, load_default=None)
    phone = ma.fields.String(load_default=None, validate=_PHONE)
    cursor = ma.fields.String(load_default=None, validate=Length(max=200))
    limit = ma.fields.Integer(load_default=100, validate=Range(1, MAX_LIMIT))


class MemberPageSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(MemberSchema))
    next_cursor = ma.fields.String(allow_none=True)


class LabelForm(ma.Schema):
    """A label of the shop (会员标签)."""

    name = Text(20, required=True, metadata={"label": "标签名称", "help": "例如 常客、团购群、对花生过敏"})
    colour = ma.fields.String(
        load_default="grey", validate=OneOf(list(COLOURS), list(COLOURS.values())), metadata={"label": "颜色"}
    )


class NoteForm(ma.Schema):
    """A note of staff about a member; it is part of what the person may see and have erased."""

    text = Text(
        500, required=True, metadata={"label": "备注", "multiline": True, "help": "会员要求导出个人信息时会看到它"}
    )
