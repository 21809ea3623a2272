"""The linter's rules for a living database: what pg_catalog says about every tenant's schema."""

from __future__ import annotations

from typing import Any

import psycopg

from tenants.urls import OWNER

_OWNED = "n.nspname ~ '^t_[0-9a-z]{1,26}$'"
# One query, whatever the number of tenants.
_AUDIT = f"""
WITH space AS (SELECT oid, nspname, 'r_' || nspname AS role FROM pg_namespace n WHERE {_OWNED}),
     relation AS (SELECT c.*, s.nspname, s.role FROM pg_class c JOIN space s ON s.oid = c.relnamespace),
     finding AS (
    SELECT nspname, relname, 'is owned by ' || pg_get_userbyid(relowner) AS problem
      FROM relation WHERE pg_get_userbyid(relowner) <> %(owner)s
    UNION ALL
    SELECT r.nspname, relname, 'is granted to ' || coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC')
      FROM relation r, aclexplode(r.relacl) a
     WHERE a.grantee = 0 OR pg_get_userbyid(a.grantee) NOT IN (%(owner)s, r.role)
    UNION ALL
    SELECT nspname, relname, 'lacks the grants of its tenant'
      FROM relation WHERE relkind IN ('r', 'p') AND relname NOT LIKE 'alembic\\_version%%'
       AND NOT (has_table_privilege(role, oid, 'SELECT') AND has_table_privilege(role, oid, 'INSERT')
            AND has_table_privilege(role, oid, 'UPDATE') AND has_table_privilege(role, oid, 'DELETE'))
    UNION ALL
    SELECT nspname, relname, 'has no primary key'
      FROM relation r WHERE relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = r.oid AND k.contype = 'p')
    UNION ALL
    SELECT r.nspname, r.relname, 'has the trigger ' || t.tgname
      FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT r.nspname, r.relname, a.attname || ' is an identity but not bigint'
      FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
     WHERE a.attidentity <> '' AND a.atttypid <> 'bigint'::regtype
    UNION ALL
    SELECT r.nspname, r.relname, k.conname || ' leaves the schema'
      FROM pg_constraint k
      JOIN relation r ON r.oid = k.conrelid
      JOIN pg_class target ON target.oid = k.confrelid
     WHERE k.contype = 'f' AND target.relnamespace <> r.relnamespace
    UNION ALL
    SELECT s.nspname, t.typname, 'is an enum or a domain'
      FROM pg_type t JOIN space s ON s.oid = t.typnamespace WHERE t.typtype IN ('e', 'd')
)
SELECT nspname || '.' || relname || ': ' || problem FROM finding ORDER BY 1
"""


def audit(connection: psycopg.Connection[Any]) -> list[str]:
    """Problems in all schemas of tenants and spares; scans the catalogue, so for tests and operators."""
    return [row[0] for row in connection.execute(_AUDIT, {"owner": OWNER})]
