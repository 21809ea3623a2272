"""Columns that plugins add to the console's tables (`table_columns`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma

from core.host import showing
from core.plugin import Column, Context

MAX_COLUMNS = 5


class ColumnSchema(ma.Schema):
    """A column: `values` by row id; a row that is missing stays empty."""

    plugin = ma.fields.String()
    key = ma.fields.String()
    label = ma.fields.String()
    values = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())


class ColumnsSchema(ma.Schema):
    columns = ma.fields.List(ma.fields.Nested(ColumnSchema), metadata={"description": "of plugins"})


def columns(context: Context, table: str, ids: Sequence[int]) -> list[dict[str, Any]]:
    """The plugins' columns for the rows `ids` of `table`, with one call whatever the number of rows."""
    known = frozenset(ids)

    def shape(answer: Any) -> list[dict[str, Any]]:
        return [_column(column, known) for column in showing.items(answer, Column, MAX_COLUMNS)]

    found = showing.ask("table_columns", shape, ctx=context, table=table, ids=tuple(ids)) if known else []
    return [{"plugin": shown.plugin, **column} for shown in found for column in shown.value or ()]


def _column(column: Column, known: frozenset[int]) -> dict[str, Any]:
    values = {str(row): showing.line(value) for row, value in column.values.items() if row in known}
    return {"key": showing.line(column.key, 40), "label": showing.line(column.label, 40), "values": values}
