"""Who is told of events: consumers of the core (`core.notices`) and plugins, each side with a queue of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from core.clock import now
from core.db import db
from core.host import failures
from core.host.registry import host
from core.plugin import Context, DomainEvent
from core.plugin.events import read
from core.plugin.manifest import Handler as PluginHandler
from tenants.context import current

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event as a handler of the core sees it; `payload` holds the event's fields as JSON types."""

    id: int
    name: str
    version: int
    payload: dict[str, Any]


Handler = Callable[[Delivered], None]
_handlers: dict[str, dict[str, Handler]] = {}


def subscribe(event: type[DomainEvent], consumer: str, handler: Handler) -> None:
    """Let `consumer` (`core.notices`) handle every `event` from now on; the handler must be idempotent."""
    _handlers.setdefault(event.name, {})[consumer] = handler


class Side(Protocol):
    """One kind of consumers."""

    def names(self) -> list[str]:
        """Those that may be told something in the bound tenant now."""

    def interested(self, event: str) -> Iterable[str]:
        """Those for whom an event of the bound tenant is kept."""

    def tell(self, consumer: str, event: Delivered) -> None:
        """Call the handler; raises what it raises."""

    def failed(self, consumer: str, event: Delivered, error: BaseException) -> None:
        """Tell whom it concerns."""


class CoreSide:
    def names(self) -> list[str]:
        return sorted({consumer for consumers in _handlers.values() for consumer in consumers})

    def interested(self, event: str) -> Iterable[str]:
        return _handlers.get(event, ())

    def tell(self, consumer: str, event: Delivered) -> None:
        _handlers[event.name][consumer](event)

    def failed(self, consumer: str, event: Delivered, error: BaseException) -> None:
        log.error("delivery_failed", consumer=consumer, event_id=event.id, exc_info=error)


class PluginSide:
    """A plugin is its own consumer, one per event whichever handler it is."""

    def names(self) -> list[str]:
        return sorted(host().working())

    def interested(self, event: str) -> Iterable[str]:
        """Those that handle it; and every one that is on but missing or unfit: nobody can ask it what it handles."""
        yield from (name for name in host().working() if event in _handled(name))
        yield from host().gone()

    def tell(self, consumer: str, event: Delivered) -> None:
        found = _handled(consumer).get(event.name)
        if found is None:
            return
        kind, handler = found
        handler(Context(current().key, now()), db.session, read(kind, event.payload, event.id))

    def failed(self, consumer: str, event: Delivered, error: BaseException) -> None:
        failures.report(consumer, f"handler:{event.name}", error)


def _handled(plugin: str) -> Mapping[str, tuple[type[DomainEvent], PluginHandler]]:
    handlers = host().loaded[plugin].plugin.handlers
    return {kind.name: (kind, handler) for kind, handler in handlers.items()}


SIDES: dict[str, Side] = {"core": CoreSide(), "plugins": PluginSide()}
"""By queue."""
