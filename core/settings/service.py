"""Reads and writes the shop's settings; reads are cached for a few seconds per process."""

from __future__ import annotations

from time import monotonic
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.clock import now
from core.db import db
from core.editing import stale
from core.settings.models import ShopSetting
from core.settings.schemas import ShopSettingsSchema
from core.staff import audit
from tenants.context import current

CACHE_SECONDS = 5.0

_schema = ShopSettingsSchema()
_cache: dict[str, tuple[float, dict[str, Any]]] = {}


def shop_settings() -> dict[str, Any]:
    """All settings of the bound tenant, typed, defaults filled in."""
    key = current().key
    cached = _cache.get(key)
    if cached is not None and monotonic() - cached[0] < CACHE_SECONDS:
        return cached[1]
    rows = db.session.execute(select(ShopSetting.name, ShopSetting.value))
    stored = {row.name: row.value for row in rows}
    loaded = _schema.load(stored, unknown="exclude")
    _cache[key] = (monotonic(), loaded)
    return loaded


TARGET = "shop"
"""How the audit log names the settings."""


def version() -> int:
    """The version of the settings, which goes back with an edit."""
    return stale.version_of(TARGET)


def change(values: dict[str, Any], seen_version: int | None = None) -> dict[str, Any]:
    """Store validated settings, with a line in the audit log; the caller commits. A default is not stored.

    Raises StaleEdit when somebody else changed settings after `seen_version`.
    """
    stale.claim(TARGET, seen_version, shop_settings)
    for name, value in values.items():
        if value == _schema.fields[name].load_default:
            db.session.execute(delete(ShopSetting).where(ShopSetting.name == name))
            continue
        row = {"value": value, "updated_at": now()}
        db.session.execute(
            insert(ShopSetting).values(name=name, **row).on_conflict_do_update(index_elements=["name"], set_=row)
        )
    audit.record("settings.change", TARGET, names=sorted(values))
    _cache.pop(current().key, None)
    return shop_settings()
