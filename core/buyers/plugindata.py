"""What plugins keep about a buyer: shown, erased and merged together with ours, also while a plugin is off (PIPL)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from core.buyers.errors import PluginsFailed
from core.clock import now
from core.db import db
from core.host import writes
from core.host.bus import PluginSet
from core.host.registry import host
from core.plugin import Context
from core.ui.describing import plain
from tenants.context import current

_VERSION_TABLES = text(
    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY(CAST(:names AS text[]))"
)


def export(buyer_id: int) -> dict[str, Any]:
    """Everything by plugin name, as JSON values; raises PluginsFailed rather than leave something out."""
    keepers = _keepers()
    if not keepers:
        return {}
    answers = host().bus.read(
        keepers, "buyer_data", check=_as_json, ctx=_context(buyer_id), session=db.session, buyer_id=buyer_id
    )
    failed = [answer.plugin for answer in answers if answer.error is not None]
    if failed:
        raise PluginsFailed("部分插件的数据暂时无法导出，请稍后再试", code="export_failed", plugins=failed)
    return {answer.plugin: _as_json(answer.value) for answer in answers}


def erase(buyer_id: int) -> None:
    """Let every plugin forget the buyer, in the current transaction; raises PluginsFailed: then nothing may be kept."""
    for name in sorted(_keepers()):
        said = writes.write(
            host().bus, name, "erase_buyer", ctx=_context(buyer_id), session=db.session, buyer_id=buyer_id
        )
        if said is not None and said.error is not None:
            raise PluginsFailed("部分插件的数据暂时无法删除，账号未注销，请稍后再试", code="erasure_failed", plugins=[name])


def merge(from_id: int, to_id: int) -> None:
    """Let every plugin move what belongs to `from_id` to `to_id`; raises PluginsFailed: then nothing may be kept."""
    for name in sorted(_keepers()):
        said = writes.write(
            host().bus, name, "merge_buyers", ctx=_context(to_id), session=db.session, from_id=from_id, to_id=to_id
        )
        if said is not None and said.error is not None:
            raise PluginsFailed("账号暂时无法合并，请稍后再试", code="merge_failed", plugins=[name])


def _keepers() -> PluginSet:
    """Loaded plugins that have tables in this shop, whatever their state, and working ones without tables."""
    plugins = host()
    tables = {loaded.history.version_table: name for name, loaded in plugins.loaded.items() if loaded.history}
    if not tables:
        return plugins.working()
    found = db.session.execute(_VERSION_TABLES, {"names": list(tables)}).scalars()
    without = frozenset(plugins.loaded) - frozenset(tables.values())
    return frozenset(tables[table] for table in found) | (plugins.working() & without)


def _context(buyer_id: int) -> Context:
    return Context(current().key, now(), buyer_id=buyer_id)


def _as_json(answer: Any) -> dict[str, Any]:
    return plain(dict(answer or {}))
