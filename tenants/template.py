"""A throwaway schema that stands where a history's revisions lead: for autogenerate and for comparing catalogues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from sqlalchemy import URL, Connection, create_engine

from tenants import history as histories
from tenants.history import BASE, History
from tenants.provision import new_key
from tenants.urls import admin

# Everything a schema holds, without its name: one row per column, constraint and index.
_CATALOGUE = """
    SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
           pg_get_expr(d.adbin, d.adrelid)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated, '', NULL
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE k.connamespace = to_regnamespace(%(schema)s)
    UNION ALL
    SELECT 'index', c.relname, i.relname, replace(pg_get_indexdef(i.oid), %(schema)s || '.', ''), x.indisvalid, '', NULL
      FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
     WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relkind IN ('r', 'p')
    ORDER BY 1, 2, 3, 4
"""


@contextmanager
def template_schema(url: str | URL, history: History, *more: History) -> Iterator[tuple[Connection, str]]:
    """A connection and the name of a schema upgraded to head by Alembic itself; both are gone after the block.

    `more` are histories on top of the first, a plugin's on top of the core's. `url` is an owner-capable login, of a
    database without users: for the platform's history its schema stays locked until the end. Nothing is committed.
    """
    engine = create_engine(admin(url))
    try:
        with engine.connect() as connection:
            schema = _prepare(connection, history)
            for each in (history, *more):
                if histories.head(each) != BASE:
                    histories.online(each, connection, schema, lambda config: command.upgrade(config, "head"))
            yield connection, schema
            connection.rollback()
    finally:
        engine.dispose()


def catalogue(connection: Connection, schema: str) -> list[tuple[object, ...]]:
    """Columns, constraints and indexes of `schema`, comparable between schemas."""
    return [tuple(row) for row in connection.exec_driver_sql(_CATALOGUE, {"schema": schema})]


def _prepare(connection: Connection, history: History) -> str:
    own = history.metadata.schema if history.metadata is not None else None
    schema = own or f"template_{new_key()}"
    if own:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {own} CASCADE")
    connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    connection.exec_driver_sql(f"SET LOCAL search_path = {schema}")
    return schema
