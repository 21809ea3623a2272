"""Whether a plugin's tables keep to themselves: own prefix, tidy references, no strings tied to the core's classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase

from core.db import db

LONGEST = 63
"""What PostgreSQL keeps of a name."""


def table_faults(name: str, base: Any) -> Iterator[str]:
    """What is wrong with the tables of `base`, made by `core.plugin.data.tables(name)`."""
    if not isinstance(base, type) or not issubclass(base, DeclarativeBase) or base.metadata.info.get("plugin") != name:
        yield f"tables is not what core.plugin.data.tables({name!r}) made"
        return
    for table in base.metadata.tables.values():
        yield from _core_table_faults(table) if table.info.get("core") else _own_table_faults(name, table)
    for mapper in base.registry.mappers:
        for relation in mapper.relationships:
            target = relation.mapper.class_
            if target.metadata is not base.metadata:
                yield f"{mapper.class_.__name__}.{relation.key} is a relationship to the core's {target.__name__}"


def _own_table_faults(name: str, table: Table) -> Iterator[str]:
    if not table.name.startswith(f"{name}_"):
        yield f"table {table.name!r} should be called '{name}_something'"
    if len(table.name) > LONGEST:
        yield f"table {table.name!r} has a name longer than {LONGEST} characters"
    if table.schema is not None:
        yield f"table {table.name!r} names a schema"
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        yield from _reference_faults(table, key)


def _reference_faults(table: Table, key: ForeignKey) -> Iterator[str]:
    place = f"{table.name}.{key.parent.name}"
    if not key.ondelete:
        yield f"{place} refers to {key.target_fullname} without ondelete"
    target = key.target_fullname.rpartition(".")[0]
    if target not in table.metadata.tables:
        yield f"{place} refers to {target}, which is neither its own table nor declared by core_ref"


def _core_table_faults(table: Table) -> Iterator[str]:
    known = db.metadata.tables.get(table.name)
    if known is None:
        yield f"core_ref to {table.name!r}, a table that the core does not have"
        return
    yield from (f"core_ref to {table.name}.{c.name}, which does not exist" for c in table.columns if c.name not in known.c)
