"""Lists on the wire: how much of one is asked for, and where the next page begins (core.web.paging)."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, Range

from core.web.paging import MAX_LIMIT


class CursorQuerySchema(ma.Schema):
    """`cursor` is the `next_cursor` of the page before, none for the first."""

    cursor = ma.fields.String(load_default=None, validate=Length(max=400))
    limit = ma.fields.Integer(load_default=50, validate=Range(1, MAX_LIMIT))


class PageSchema(ma.Schema):
    """To be extended by `items`; `next_cursor` is null on the last page."""

    next_cursor = ma.fields.String(allow_none=True)
