"""The plugins of this environment, for commands that need no server: loaded as the server loads them, in silence."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint

import structlog
from flask import Flask

import core.models  # noqa: F401  (the metadata must be complete: names and references are checked against it)
from core.host import loading
from core.host.registry import PluginHost
from core.web.paths import IdPath, NumberPath
from tenants.history import History


def plugin_host(found: Sequence[EntryPoint] | None = None) -> PluginHost:
    """What fits and what does not, and why; without a database. `found` are the entry points, all installed ones if None."""
    app = Flask("jishi", static_folder=None)
    app.url_map.converters.update(id=IdPath, number=NumberPath)
    with app.app_context(), quiet():
        return loading.load(app, loading.installed() if found is None else found)


def plugin_histories(wanted: str = "all") -> list[History]:
    """The histories of the plugins that fit, those first that others require; `wanted` as in the configuration."""
    loaded = plugin_host(loading.installed(wanted)).loaded.values()
    return [entry.history for entry in loaded if entry.history is not None]


@contextmanager
def quiet() -> Iterator[None]:
    """No log lines between what a command says to a person: it tells the faults itself."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
