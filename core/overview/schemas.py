from __future__ import annotations

import marshmallow as ma

from core.web.fields import Moment


class AttentionSchema(ma.Schema):
    """`severity`: urgent, warning or info. `shown` is the count as people read it (999+ from 1000 on); `area` and `query`
    name the page that lists the rows."""

    kind = ma.fields.String()
    severity = ma.fields.String()
    count = ma.fields.Integer()
    shown = ma.fields.String()
    words = ma.fields.String()
    oldest = Moment(allow_none=True)
    area = ma.fields.String()
    query = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())


class AttentionsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AttentionSchema))
