"""Events told by hand, more often than once, with a look at the tables in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host import enclosure
from core.plugin import Context, DomainEvent, Plugin
from core.plugin.events import read
from core.plugin.testing.conformance.tablestate import changes, state
from core.plugin.testing.tenant import Tenant

_EVENTS = "SELECT id, name, payload FROM event ORDER BY id"
_TAKEN = "UPDATE event_delivery SET state = 'done', done_at = now() WHERE consumer = :name"

_LOCK = text("SELECT FROM event_delivery WHERE event_id = :event FOR UPDATE")


def withheld(tenant: Tenant, plugin: Plugin) -> list[DomainEvent]:
    """Everything that happened and that the plugin wants to know, oldest first; the host will not tell it any more."""
    tenant.execute(_TAKEN, name=plugin.name)
    kinds = {kind.name: kind for kind in plugin.handlers}
    return [read(kinds[name], payload, id_) for id_, name, payload in tenant.rows(_EVENTS) if name in kinds]


def faults(tenant: Tenant, plugin: Plugin, event: DomainEvent) -> list[str]:
    """Tell the event once in vain, once, and once again; returns what should not have happened."""
    try:
        return list(_faults(tenant, plugin, event))
    except (Exception, SystemExit) as error:
        return [f"the handler of {event.name} raised {type(error).__name__}: {error}"]


def _faults(tenant: Tenant, plugin: Plugin, event: DomainEvent) -> Iterator[str]:
    tell = partial(plugin.handlers[type(event)], Context(tenant.ref.key, now()))
    before = state(tenant, plugin)
    _call(tenant, tell, event, lambda: db.session.rollback())
    for line in changes(before, state(tenant, plugin)):
        yield f"the handler of {event.name} was rolled back and left: {line}"
    _call(tenant, tell, event, lambda: db.session.commit())
    once = state(tenant, plugin)
    _call(tenant, tell, event, lambda: db.session.commit())
    for line in changes(once, state(tenant, plugin)):
        yield f"the handler of {event.name} is not idempotent, the same event a second time made: {line}"


def _call(tenant: Tenant, tell: Callable[..., Any], event: DomainEvent, end: Callable[[], None]) -> None:
    """As the host does: the delivery is locked before, in the same transaction."""
    with tenant.bound():
        db.session.execute(_LOCK, {"event": event.event_id})
        enclosure.run(lambda: tell(db.session, event))
        end()
