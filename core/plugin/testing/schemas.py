"""Tenants for tests: one that is given back is emptied and becomes the next, at a tenth of the cost of a new schema."""

from __future__ import annotations

from functools import cache
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from core.migrations import HISTORY
from tenants import provision
from tenants.context import TenantRef
from tenants.urls import connect

_RELATIONS = """
    SELECT relname, relkind::text, relnatts, (SELECT count(*) FROM pg_constraint c WHERE c.conrelid = r.oid),
           pg_relation_size(oid) > 0 AND relkind = 'r' AS used
    FROM pg_class r WHERE relnamespace = to_regnamespace(%s) AND relkind NOT IN ('c', 't')
"""
_REWIND = "SELECT setval(oid, 1, false) FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'S'"
_FORGET = """
    WITH gone AS (DELETE FROM platform.tenant WHERE key = %(old)s),
    plugins AS (DELETE FROM platform.tenant_revision WHERE key = %(old)s AND history <> %(history)s)
    UPDATE platform.tenant_revision SET key = %(new)s WHERE key = %(old)s AND history = %(history)s
"""
_OFFER = "INSERT INTO platform.spare_schema (key, created_at) VALUES (%s, '-infinity')"

Relation = tuple[str, str, int, int]


@cache
def schemas(database_url: str) -> Schemas:
    """The schemas of a database (a superuser's URL)."""
    return Schemas(database_url)


class Schemas:
    """Gives out tenants and takes them back."""

    def __init__(self, database_url: str) -> None:
        self._server = connect(database_url, autocommit=True)
        self._empty: list[str] = []
        self._new: set[Relation] = set()

    def take(self, owner: Engine, slug: str) -> TenantRef:
        """A tenant without a row, its slug made unique."""
        if self._empty:
            self._server.execute(_OFFER, [self._empty.pop()])
        ref = provision.take(owner, HISTORY, f"{slug}-{provision.new_key()[:6]}", slug)
        self._new = self._new or self._relations(ref.key).keys()
        return ref

    def give_back(self, ref: TenantRef) -> None:
        """The tenant is gone for good; its schema gets a new key, unless a test changed more than rows and plugins."""
        key = provision.new_key()
        try:
            with self._server.transaction():
                self._server.execute("SET LOCAL lock_timeout = '2s'; SET LOCAL session_replication_role = replica")
                self._rename(ref.key, key)
                self._empty_tables(key)
        except (psycopg.Error, _Altered):
            return
        self._empty.append(key)

    def _rename(self, old: str, new: str) -> None:
        self._execute("ALTER SCHEMA {} RENAME TO {}", f"t_{old}", f"t_{new}")
        self._execute("ALTER ROLE {} RENAME TO {}", f"r_t_{old}", f"r_t_{new}")
        self._server.execute(_FORGET, {"old": old, "new": new, "history": HISTORY.name})

    def _empty_tables(self, key: str) -> None:
        self._execute("SET LOCAL search_path = {}", f"t_{key}")
        found = self._relations(key)
        known = {name for name, *_ in self._new}
        strange = [name for name, kind, *_ in found if kind == "r" and name not in known]
        for name in strange:
            self._execute("DROP TABLE {} CASCADE", name)
        found = self._relations(key) if strange else found
        if found.keys() != self._new:
            raise _Altered
        used = [name for (name, *_), used in found.items() if used and name != HISTORY.version_table]
        self._server.execute(";".join(f'DELETE FROM "{name}"' for name in used))
        self._server.execute(_REWIND, [f"t_{key}"])

    def _relations(self, key: str) -> dict[Relation, bool]:
        """Everything in the schema; whether it is a table that was written to."""
        return {tuple(row[:4]): row[4] for row in self._server.execute(_RELATIONS, [f"t_{key}"])}

    def _execute(self, statement: str, *names: Any) -> None:
        self._server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


class _Altered(Exception):
    """The schema is not what a new one is."""
