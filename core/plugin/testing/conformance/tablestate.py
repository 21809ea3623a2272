"""What a plugin's tables hold, comparable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from core.plugin import Plugin
from core.plugin.testing.tenant import Tenant

State = dict[str, Counter[str]]


def tables_of(plugin: Plugin) -> list[str]:
    """Names of the plugin's own tables."""
    found = plugin.tables.metadata.sorted_tables if plugin.tables is not None else []
    return [table.name for table in found if not table.info.get("core")]


def state(tenant: Tenant, plugin: Plugin) -> State:
    """Every row of the plugin's tables, as JSON text."""
    return {
        name: Counter(row for (row,) in tenant.rows(f'SELECT to_jsonb(t)::text FROM "{name}" t'))
        for name in tables_of(plugin)
    }


def changes(before: State, after: State) -> list[str]:
    """What became different, a row a line."""
    return [line for name in before for line in _changes(name, before[name], after[name])]


def _changes(name: str, before: Counter[str], after: Counter[str]) -> Iterator[str]:
    yield from (f"{name}: new row {row}" for row in (after - before).elements())
    yield from (f"{name}: row gone {row}" for row in (before - after).elements())


def rows_of_buyer(tenant: Tenant, plugin: Plugin, buyer_id: int) -> dict[str, int]:
    """How many rows of each table name the buyer, tables without any left out."""
    counted = {}
    for name, column in buyer_columns(plugin):
        found = tenant.one(f'SELECT count(*) FROM "{name}" WHERE "{column}" = :buyer', buyer=buyer_id)
        if found:
            counted[f"{name}.{column}"] = found
    return counted


def buyer_columns(plugin: Plugin) -> list[tuple[str, str]]:
    """(table, column) for every column that holds a buyer's id, by reference or by name."""
    if plugin.tables is None:
        return []
    return [
        (table.name, column.name)
        for table in plugin.tables.metadata.sorted_tables
        if not table.info.get("core")
        for column in table.columns
        if column.name == "buyer_id" or any(key.target_fullname == "buyer.id" for key in column.foreign_keys)
    ]
