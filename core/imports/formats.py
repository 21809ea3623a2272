"""What the console's import API takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, OneOf

from core.catalog.fields import Code
from core.imports.service import KINDS
from core.web.fields import IdField, Moment
from core.web.paging import MAX_LIMIT


class UploadQuery(ma.Schema):
    kind = ma.fields.String(required=True, validate=OneOf(KINDS))
    store_code = Code(load_default=None, metadata={"description": "for files of products or stock without that column"})


class UploadFiles(ma.Schema):
    file = ma.fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class FaultsQuery(ma.Schema):
    cursor = ma.fields.String(load_default=None, validate=Length(max=400))
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, MAX_LIMIT))


class RunSchema(ma.Schema):
    """A run and how far it came; `partial`: the file could not be read to its end, `refused`: not at all."""

    id = IdField()
    kind = ma.fields.String()
    filename = ma.fields.String()
    state = ma.fields.String(
        validate=OneOf(["draft", "waiting", "running", "done", "partial", "refused", "interrupted"])
    )
    rows = ma.fields.Integer()
    created = ma.fields.Integer()
    updated = ma.fields.Integer()
    unchanged = ma.fields.Integer()
    failed = ma.fields.Integer(metadata={"description": "lines that were not taken"})
    done_permille = ma.fields.Integer()
    last_line = ma.fields.Integer()
    faults_left_out = ma.fields.Integer(metadata={"description": "findings beyond those that are kept"})
    ignored_columns = ma.fields.List(ma.fields.String())
    problem_code = ma.fields.String(allow_none=True)
    problem = ma.fields.String(allow_none=True)
    started_at = Moment()
    finished_at = Moment(allow_none=True)


class RunsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RunSchema))
    next_cursor = ma.fields.String(allow_none=True)


class FaultSchema(ma.Schema):
    line = ma.fields.Integer()
    column = ma.fields.String()
    value = ma.fields.String()
    code = ma.fields.String()
    message = ma.fields.String()


class MappingSchema(ma.Schema):
    """What columns of the file fill, by their names: a target of the preview, "" for nothing; others as guessed."""

    mapping = ma.fields.Dict(
        keys=ma.fields.String(validate=Length(max=200)),
        values=ma.fields.String(validate=Length(max=60)),
        load_default=dict,
        validate=Length(max=200),
    )
    store_code = Code(load_default=None, allow_none=True)


class PreviewColumnSchema(ma.Schema):
    name = ma.fields.String()
    target = ma.fields.String(metadata={"description": "what it fills, empty for nothing"})
    samples = ma.fields.List(ma.fields.String())


class PreviewRowSchema(ma.Schema):
    line = ma.fields.Integer()
    values = ma.fields.List(ma.fields.String())
    outcome = ma.fields.String(metadata={"description": "new, changed, same, failed; empty while columns are missing"})
    errors = ma.fields.List(ma.fields.Nested(FaultSchema))


class PreviewSchema(ma.Schema):
    """The first rows of a draft and what would become of them."""

    run_id = IdField()
    kind = ma.fields.String()
    filename = ma.fields.String()
    store_code = ma.fields.String(allow_none=True)
    columns = ma.fields.List(ma.fields.Nested(PreviewColumnSchema))
    targets = ma.fields.List(ma.fields.List(ma.fields.String()), metadata={"description": "pairs of value and label"})
    unknown = ma.fields.List(ma.fields.String())
    missing = ma.fields.List(ma.fields.String())
    rows = ma.fields.List(ma.fields.Nested(PreviewRowSchema))
    problem = ma.fields.String(allow_none=True)


class FaultsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(FaultSchema))
    next_cursor = ma.fields.String(allow_none=True)
