"""What a plugin declares about itself: data, no behaviour. The host reads it, checks it and mounts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from core.plugin.context import Context
from core.plugin.events import DomainEvent

if TYPE_CHECKING:  # a pytest plugin of ours lies below this package: it must not load web and database everywhere
    from flask import Blueprint
    from marshmallow import Schema
    from sqlalchemy.orm import DeclarativeBase

Handler = Callable[[Context, Any, Any], None]
"""`handler(ctx, session, event)`: after commit, in a transaction of its own, again and again until it returns."""

ENTRY_POINTS = "jishi.plugins"
"""The entry point group; the entry point's name is the plugin's name."""

ROLES = ("owner", "manager", "clerk")
"""店主, 店长, 店员: the roles a permission can be given to."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A named right on console views: `lottery.manage`. The owner always has it; `roles` lists who else does."""

    name: str
    label: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """Work that comes round: `run(ctx, session)` every `every` seconds per tenant, in one transaction.

    A run that fails is tried again at the next round; two runs of one job never overlap. `first`, if given, tells
    from `ctx` when a tenant's first run is due (an instant, UTC); without it that is at once.
    """

    name: str
    every: int
    run: Callable[[Context, Any], None]
    first: Callable[[Context], datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin. `name` is also its entry point, table prefix (`name_`), route segment and Redis prefix.

    `api` is the oldest `core.plugin.API_VERSION` it works with (same major). `requires` and `conflicts` name other
    plugins. `settings` is a marshmallow schema: it validates what the merchant enters, types what `settings()` returns
    and draws the form; `upgrade_settings(data, from_version)` is pure and brings stored data of an older
    `settings_version` up to date. `tables` is the base class made by `core.plugin.data.tables(name)`, `migrations`
    the folder with `versions/` and `rendered/`. `storefront` and `console` are routes for programs (`core.plugin.web`),
    `pages` are pages of the console (`core.plugin.pages`), `icon` is one of Tabler's outlines. `hooks` is a module or
    object with `@hookimpl` functions, `handlers` maps events to functions. `offers_while_closing` names hooks that
    still speak while the plugin is being wound down (closing): by default none that makes an offer does. `audit_words`
    is how the audit log says what you record with `audit`: the action (`"lottery.add_prize"`), the kind of its target
    (`"prize"`) and what you note of it (`"chances"`), each with its word for people.
    """

    name: str
    title: str
    summary: str
    version: str
    api: str
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    settings: type[Schema] | None = None
    settings_version: int = 1
    upgrade_settings: Callable[[dict[str, Any], int], dict[str, Any]] | None = None
    permissions: tuple[Permission, ...] = ()
    storefront: Blueprint | None = None
    console: Blueprint | None = None
    pages: Blueprint | None = None
    icon: str = "puzzle"
    tables: type[DeclarativeBase] | None = None
    migrations: Path | None = None
    hooks: object | None = None
    handlers: Mapping[type[DomainEvent], Handler] = field(default_factory=lambda: MappingProxyType({}))
    jobs: tuple[Job, ...] = ()
    offers_while_closing: tuple[str, ...] = ()
    audit_words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
