"""Keeps schemas fit for one-schema-per-tenant and for Citus (rules: docs/architecture.md, tenancy).

Each check yields sentences of the form "<table or statement>: <what is wrong>"; none means clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Enum, ForeignKey, MetaData, Table
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM

from tenants.lint_audit import audit
from tenants.lint_sql import foreign_problems, statement_problems

__all__ = ["audit", "lint", "metadata_problems", "statement_problems"]

_SEQUENCE = re.compile(r"\bnextval\s*\(", re.IGNORECASE)


def lint(target: MetaData | Sequence[str] | psycopg.Connection[Any], plugin: str = "") -> list[str]:
    """Problems of models, of rendered statements, or of every tenant's schema in a database.

    `plugin` names the plugin whose tables `target` holds: they need its prefix and an ON DELETE on every foreign key,
    and its statements may touch no other table.
    """
    if isinstance(target, MetaData):
        return list(metadata_problems(target, plugin))
    if isinstance(target, psycopg.Connection):
        return audit(target)
    found = [problem for statement in target for problem in statement_problems(statement)]
    return found + [problem for statement in target for problem in foreign_problems(statement, plugin) if plugin]


def metadata_problems(metadata: MetaData, plugin: str = "") -> Iterator[str]:
    """Problems of the tables that models declare; tables that stand in for the core's are not looked at."""
    for table in metadata.tables.values():
        if table.info.get("core"):
            continue
        yield from (f"{table.name}: {problem}" for problem in _table_problems(table))
        if plugin:
            yield from (f"{table.name}: {problem}" for problem in _plugin_problems(table, plugin))
    circle = _circle(metadata)
    if circle:
        yield f"{', '.join(circle)}: foreign keys form a circle"


def _table_problems(table: Table) -> Iterator[str]:
    if table.schema is not None:
        yield f"names schema {table.schema}; tenant tables are unqualified"
    if not table.primary_key.columns:
        yield "has no primary key"
    for column in table.columns:
        yield from (f"{column.name} {problem}" for problem in _column_problems(column))
    for key in table.foreign_keys:
        schema = key.target_fullname.split(".")[:-2]
        if schema:
            yield f"{key.parent.name} refers to schema {schema[0]}"


def _column_problems(column: Any) -> Iterator[str]:
    if isinstance(column.type, (ENUM, DOMAIN)) or (isinstance(column.type, Enum) and column.type.native_enum):
        yield "is a native enum or domain; use text with CHECK"
    if column.identity is not None:
        if not isinstance(column.type, BigInteger):
            yield "is an identity but not bigint"
        if column.identity.always:
            yield "is GENERATED ALWAYS; restoring needs BY DEFAULT"
    elif column.default is not None and column.default.is_sequence:
        yield "takes its value from a sequence; use an identity"
    elif column.table.autoincrement_column is column:
        yield "would become serial; use a bigint identity"
    default = getattr(column.server_default, "arg", "")
    if _SEQUENCE.search(str(default)):
        yield "takes its value from a sequence; use an identity"


def _plugin_problems(table: Table, plugin: str) -> Iterator[str]:
    if not table.name.startswith(f"{plugin}_"):
        yield f"is not prefixed with {plugin}_"
    for key in table.foreign_keys:
        if key.ondelete is None:
            yield f"{key.parent.name} has a foreign key without ON DELETE"


def _circle(metadata: MetaData) -> list[str]:
    parents = {table.name: set(map(_target, table.foreign_keys)) for table in metadata.tables.values()}
    try:
        TopologicalSorter({name: targets - {name} for name, targets in parents.items()}).prepare()
    except CycleError as error:
        return sorted(set(error.args[1]))
    return []


def _target(key: ForeignKey) -> str:
    return key.target_fullname.split(".")[-2]
