"""What PostgreSQL's catalogue says about one schema: tables in foreign-key order, columns, identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import psycopg

from tenants.errors import ExportBroken

_TABLES = """
    SELECT c.relname,
           array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = ''),
           (array_agg(a.attname::text) FILTER (WHERE a.attidentity <> ''))[1]
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p')
       AND c.relname NOT LIKE 'alembic\\_version%%'
     GROUP BY c.oid, c.relname ORDER BY c.relname
"""
_REFERENCES = """
    SELECT child.relname, parent.relname
      FROM pg_constraint k
      JOIN pg_class child ON child.oid = k.conrelid
      JOIN pg_class parent ON parent.oid = k.confrelid
     WHERE k.contype = 'f' AND k.connamespace = %s::regnamespace AND k.conrelid <> k.confrelid
"""


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table of a tenant: plain columns in order (generated ones left out), its identity column if any."""

    name: str
    columns: tuple[str, ...]
    identity: str | None


def tables(connection: psycopg.Connection[Any], schema: str) -> list[TableInfo]:
    """All tables of `schema` but version tables, referenced ones before those that refer to them."""
    rows = connection.execute(_TABLES, [schema]).fetchall()
    found = {name: TableInfo(name, tuple(columns), identity) for name, columns, identity in rows}
    references = connection.execute(_REFERENCES, [schema]).fetchall()
    return [found[name] for name in in_order(list(found), references) if name in found]


def in_order(names: Sequence[str], references: Sequence[tuple[str, str]]) -> list[str]:
    """`names` so that each stands after what it refers to; raises ExportBroken for a circle."""
    parents: Mapping[str, set[str]] = {name: set() for name in names}
    for child, parent in references:
        parents[child].add(parent)
    try:
        return list(TopologicalSorter(parents).static_order())
    except CycleError as error:
        raise ExportBroken(f"表之间的外键成环，无法排序: {' → '.join(error.args[1])}") from error
