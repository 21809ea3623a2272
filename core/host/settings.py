"""What a merchant entered for each plugin: typed by the plugin's schema, defaults filled in, secrets sealed.

All plugins' rows of a tenant are read at once and kept for a few seconds per process, so twenty plugins that ask for
their settings cost one statement now and then.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from types import MappingProxyType
from typing import Any

import marshmallow as ma
import structlog
from sqlalchemy import delete, event, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import now
from core.crypto import SecretUnreadable
from core.db import db
from core.errors import Invalid
from core.host import guard
from core.host.models import PluginSetting
from core.host.registry import host
from core.plugin import Plugin
from core.services import seal, unseal
from core.ui import describing as forms
from core.web.problems import flatten
from tenants.context import current
from tenants.db import TenantSession

log = structlog.get_logger()

CACHE_SECONDS = 5.0
_CACHE_LIMIT = 5_000
_SEALED = "$sealed"
_CHANGED = "plugin_settings_changed"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class SettingsInvalid(Invalid):
    """The values don't fit the plugin's schema; `errors` lists field and message."""

    code = "plugin_settings_invalid"
    message = "插件设置有误"


@dataclass(frozen=True, slots=True)
class _Stored:
    version: int
    data: dict[str, Any]


@dataclass(slots=True)
class _Shop:
    """One tenant's rows, and what was made of them, by plugin and schema."""

    read_at: float
    stored: dict[str, _Stored]
    typed: dict[tuple[str, Any], Mapping[str, Any]] = field(default_factory=dict)


_cache: dict[str, _Shop] = {}


def settings(name: str) -> Mapping[str, Any]:
    """The settings of the loaded plugin `name` in the bound shop: typed, defaults filled in, lists as tuples, read-only.

    Raises SettingsInvalid when what is stored doesn't fit (a new required setting): for a hook that is its failure.
    Raises SqlRefused in `quote`, also when no statement would be needed: a price must not hang on a cache.
    """
    guard.check_may_read()
    plugin = host().loaded[name].plugin
    if plugin.settings is None:
        return _NOTHING
    shop = _shop()
    found = shop.typed.get((name, plugin.settings))
    if found is None:
        found = _frozen(load(plugin, _opened(plugin, shop.stored.get(name)), unknown=ma.EXCLUDE))
        shop.typed[name, plugin.settings] = found
    return found


def load(plugin: Plugin, values: Mapping[str, Any], unknown: str = ma.RAISE) -> dict[str, Any]:
    """`values` as the plugin's schema types them; raises SettingsInvalid."""
    try:
        return forms.instance(plugin.settings or ma.Schema).load(dict(values), unknown=unknown)
    except ma.ValidationError as error:
        errors = flatten({"messages": {"json": error.normalized_messages()}})
        raise SettingsInvalid(errors=errors, field=errors[0]["field"] if errors else None) from error


def change(plugin: Plugin, values: Mapping[str, Any]) -> list[str]:
    """Check and store all settings of `plugin` anew; the caller commits. Returns the names of what changed, sorted.

    What is not given falls back to its default. A secret that is not given, or null, stays; an empty one is forgotten.
    Raises SettingsInvalid.
    """
    old = _opened(plugin, _shop().stored.get(plugin.name))
    hidden = forms.secrets(plugin.settings or ma.Schema)
    given = {key: value for key, value in values.items() if key not in hidden or value not in (None, "")}
    kept = {key: old[key] for key in hidden if key in old and values.get(key) is None}
    fresh = _storable(plugin, load(plugin, given | kept))
    _write(plugin, {key: _sealed(plugin, key, value) if key in hidden else value for key, value in fresh.items()})
    before = _effective(plugin, old)
    return sorted(key for key in fresh.keys() | before.keys() if fresh.get(key) != before.get(key))


def form(plugin: Plugin) -> dict[str, Any]:
    """What the console draws: `fields` (see `forms.describe`), `values` without secrets, `secrets_set` by name, and
    `errors` where the present values are not yet enough to switch the plugin on.
    """
    schema = plugin.settings or ma.Schema
    fields = forms.describe(schema)
    present = _opened(plugin, _shop().stored.get(plugin.name))
    hidden = forms.secrets(schema)
    values = {f["name"]: present.get(f["name"], f["default"]) for f in fields if f["name"] not in hidden}
    return {
        "fields": fields,
        "values": values,
        "secrets_set": {key: bool(present.get(key)) for key in hidden},
        "errors": _errors(plugin, present),
    }


def forget(name: str) -> None:
    """Delete what was entered for `name`, loaded or not; the caller commits."""
    db.session.execute(delete(PluginSetting).where(PluginSetting.plugin == name))
    _note_change()


def _errors(plugin: Plugin, values: Mapping[str, Any]) -> list[dict[str, str]]:
    try:
        load(plugin, values, unknown=ma.EXCLUDE)
    except SettingsInvalid as error:
        return error.extra["errors"]
    return []


def _shop() -> _Shop:
    key, changed = current().key, db.session.info.get(_CHANGED)
    shop = _cache.get(key)
    if shop is not None and not changed and monotonic() - shop.read_at < CACHE_SECONDS:
        return shop
    rows = db.session.execute(select(PluginSetting.plugin, PluginSetting.version, PluginSetting.data))
    shop = _Shop(monotonic(), {name: _Stored(version, data) for name, version, data in rows})
    if changed:
        return shop
    if len(_cache) >= _CACHE_LIMIT:
        _cache.clear()
    _cache[key] = shop
    return shop


def _opened(plugin: Plugin, stored: _Stored | None) -> dict[str, Any]:
    """What is stored as the schema takes it: secrets readable, older versions brought up to date."""
    if stored is None:
        return {}
    data = {key: _unsealed(plugin, key, value) for key, value in stored.data.items()}
    data = {key: value for key, value in data.items() if value is not ma.missing}
    if stored.version < plugin.settings_version and plugin.upgrade_settings is not None:
        return plugin.upgrade_settings(data, stored.version)
    return data


def _storable(plugin: Plugin, loaded: Mapping[str, Any]) -> dict[str, Any]:
    try:
        values = forms.plain(forms.instance(plugin.settings or ma.Schema).dump(loaded))
    except (TypeError, ValueError) as error:
        raise SettingsInvalid(f"插件设置无法保存: {error}") from error
    if "\x00" in _texts(values):
        raise SettingsInvalid("插件设置不能含有控制字符")
    return values


def _effective(plugin: Plugin, stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was in force so far; as it is stored where that no longer fits."""
    try:
        return _storable(plugin, load(plugin, stored, unknown=ma.EXCLUDE))
    except SettingsInvalid:
        return stored


def _texts(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(map(_texts, [*value, *value.values()]))
    if isinstance(value, list):
        return "".join(map(_texts, value))
    return value if isinstance(value, str) else ""


def _write(plugin: Plugin, data: dict[str, Any]) -> None:
    row = {"version": plugin.settings_version, "data": data, "updated_at": now()}
    db.session.execute(
        insert(PluginSetting).values(plugin=plugin.name, **row)
        .on_conflict_do_update(index_elements=["plugin"], set_=row)
    )
    _note_change()


def _sealed(plugin: Plugin, key: str, value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    return {_SEALED: b64encode(seal(value, f"plugin/{plugin.name}/{key}")).decode()}


def _unsealed(plugin: Plugin, key: str, value: Any) -> Any:
    if not isinstance(value, dict) or value.keys() != {_SEALED}:
        return value
    try:
        return unseal(b64decode(value[_SEALED]), f"plugin/{plugin.name}/{key}")
    except SecretUnreadable:
        # Restored under another key: the merchant enters it once more.
        log.warning("plugin_secret_unreadable", plugin=plugin.name, setting=key)
        return ma.missing


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(inner) for key, inner in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _note_change() -> None:
    db.session.info[_CHANGED] = current().key


@event.listens_for(TenantSession, "after_commit")
def _changed_for_all(session: Session) -> None:
    """Releasing a savepoint is no commit: what was read until the end is nobody else's."""
    if not session.in_nested_transaction():
        _cache.pop(session.info.pop(_CHANGED, None), None)


@event.listens_for(TenantSession, "after_rollback")
def _changed_for_nobody(session: Session) -> None:
    session.info.pop(_CHANGED, None)
