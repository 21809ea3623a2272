"""A tenant's data as a file, and back under a new key: one CSV per table in a ZIP, with a manifest.

The file holds what stands in the tenant's schema. Hosts, appids and callback tokens belong to the registry and are not
in it; secrets sealed for the old key do not open under the new one.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from tenants import history as histories
from tenants import provision, replay
from tenants.catalog import TableInfo, tables
from tenants.context import TenantRef
from tenants.errors import ExportBroken
from tenants.history import BASE, History
from tenants.owner import transaction
from tenants.urls import connect

__all__ = ["Manifest", "export", "read_manifest", "restore"]

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export holds: whose it was, where its histories stood, rows per table in the order of restoring."""

    slug: str
    name: str
    exported_at: str
    histories: dict[str, str]
    tables: dict[str, int]
    format: int = FORMAT


def export(owner: Engine, ref: TenantRef, path: Path, prefix: str = "") -> Manifest:
    """Write everything of `ref` to the ZIP `path`, from one snapshot; a failure leaves no file behind.

    `prefix` limits it to one plugin's tables (`name_`): a record to keep, `restore` takes only whole exports.
    """
    part = path.with_name(path.name + ".part")
    try:
        with closing(connect(owner.url)) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with connection.transaction():
                manifest = _write(connection, ref, part, prefix)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def restore(owner: Engine, known: Sequence[History], path: Path, slug: str, name: str | None = None) -> TenantRef:
    """A new active tenant from an export: built at the export's revisions, filled, counted; all or nothing.

    `known` are the installed histories, the core's first. Raises ExportBroken for a damaged file, unknown histories or
    tables that don't match, NameTaken for a slug in use. Migrate afterwards if the export is older than head.
    """
    manifest = read_manifest(path)
    steps = _steps(known, manifest)
    with zipfile.ZipFile(path) as archive, transaction(owner) as connection:
        tenant_id = provision.insert_request(connection, slug, name or manifest.name)
        key = _build(connection, steps)
        connection.execute("UPDATE platform.tenant SET key = %s, status = 'provisioning' WHERE id = %s", [key, tenant_id])
        _fill(connection, archive, f"t_{key}", manifest)
        return provision.activate_in(connection, tenant_id)


def read_manifest(path: Path) -> Manifest:
    """The manifest of an export; raises ExportBroken if this is none, or of another format."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise ExportBroken(f"{path.name} 不是有效的导出文件") from error
    if manifest.format != FORMAT:
        raise ExportBroken(f"不支持的导出格式 {manifest.format}")
    return manifest


def _write(connection: psycopg.Connection[Any], ref: TenantRef, part: Path, prefix: str) -> Manifest:
    counts = {}
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
        for table in [table for table in tables(connection, ref.schema) if table.name.startswith(prefix)]:
            counts[table.name] = _copy_out(connection, archive, ref.schema, table)
        manifest = Manifest(ref.slug, ref.name, _now(connection), _revisions(connection, ref), counts)
        archive.writestr(MANIFEST, json.dumps(_as_dict(manifest), ensure_ascii=False, indent=1))
    return manifest


def _copy_out(connection: psycopg.Connection[Any], archive: zipfile.ZipFile, schema: str, table: TableInfo) -> int:
    query = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT csv, HEADER)").format(
        sql.Identifier(schema, table.name), _columns(table)
    )
    with (
        archive.open(f"{table.name}.csv", "w", force_zip64=True) as entry,
        connection.cursor() as cursor,
    ):
        with cursor.copy(query) as copy:
            for chunk in copy:
                entry.write(chunk)
        return cursor.rowcount


def _fill(connection: psycopg.Connection[Any], archive: zipfile.ZipFile, schema: str, manifest: Manifest) -> None:
    present = {table.name: table for table in tables(connection, schema)}
    if present.keys() != manifest.tables.keys():
        odd = sorted(present.keys() ^ manifest.tables.keys())
        raise ExportBroken(f"导出文件与当前结构的表不一致: {', '.join(odd)}")
    for name, table in present.items():
        copied = _copy_in(connection, archive, schema, table)
        if copied != manifest.tables[name]:
            raise ExportBroken(f"表 {name} 应有 {manifest.tables[name]} 行，实际 {copied} 行")
    _set_identities(connection, schema, list(present.values()))


def _copy_in(connection: psycopg.Connection[Any], archive: zipfile.ZipFile, schema: str, table: TableInfo) -> int:
    query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, HEADER MATCH)").format(
        sql.Identifier(schema, table.name), _columns(table)
    )
    try:
        with archive.open(f"{table.name}.csv") as entry, connection.cursor() as cursor:
            with cursor.copy(query) as copy:
                while chunk := entry.read(_CHUNK):
                    copy.write(chunk)
            return cursor.rowcount
    except (KeyError, zipfile.BadZipFile, psycopg.DataError, psycopg.IntegrityError) as error:
        raise ExportBroken(f"表 {table.name} 无法读入: {str(error).strip()}") from error


def _set_identities(connection: psycopg.Connection[Any], schema: str, filled: list[TableInfo]) -> None:
    parts = [_next_identity(schema, table) for table in filled if table.identity]
    if parts:
        connection.execute(sql.SQL(" UNION ALL ").join(parts))


def _next_identity(schema: str, table: TableInfo) -> sql.Composed:
    name, column = sql.Identifier(schema, table.name), sql.Identifier(table.identity or "")
    return sql.SQL(
        "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 1), max({}) IS NOT NULL) FROM {}"
    ).format(f"{schema}.{table.name}", table.identity, column, column, name)


def _steps(known: Sequence[History], manifest: Manifest) -> list[tuple[History, list[histories.Step]]]:
    if known[0].name not in manifest.histories:
        raise ExportBroken("导出文件没有说明数据库版本")
    missing = sorted(manifest.histories.keys() - {history.name for history in known})
    if missing:
        raise ExportBroken(f"缺少这些扩展，无法恢复: {', '.join(missing)}")
    wanted = [history for history in known if history.name in manifest.histories]
    return [(history, histories.path(history, BASE, manifest.histories[history.name])) for history in wanted]


def _build(connection: psycopg.Connection[Any], steps: list[tuple[History, list[histories.Step]]]) -> str:
    (first, chain), *others = steps
    key = provision.build_in(connection, first, chain)
    for history, more in others:
        replay.run_script(connection, provision.install_statements(history, key, more))
    return key


def _revisions(connection: psycopg.Connection[Any], ref: TenantRef) -> dict[str, str]:
    query = "SELECT history, revision FROM platform.tenant_revision WHERE key = %s ORDER BY history"
    return dict(connection.execute(query, [ref.key]).fetchall())


def _now(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')").fetchone()
    return row[0] if row else ""


def _columns(table: TableInfo) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))


def _as_dict(manifest: Manifest) -> Mapping[str, Any]:
    return {name: getattr(manifest, name) for name in Manifest.__slots__}
