"""Made-up plugins without packages: handlers and jobs, switched on in the platform's table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from core.db import db
from core.host import consumers
from core.host.outbox import emit
from core.host.registry import KEY, Loaded, PluginHost
from core.plugin import Context, Job, OrderReady, Plugin
from core.services import services
from tests.core.shops import Shop

_SWITCH = text(
    """
    INSERT INTO platform.tenant_plugin (tenant_id, plugin, state, version) VALUES (:tenant, :plugin, :state, '1')
    ON CONFLICT (tenant_id, plugin) DO UPDATE SET state = :state
    """
)
_SEEN = text("INSERT INTO plugin_setting (plugin, version, data, updated_at) VALUES (:key, 1, '{}', now())")


def ready(order_id: int = 1, code: str | None = None) -> OrderReady:
    return OrderReady(
        order_id=order_id, number=str(order_id), channel="online", store_id=1, buyer_id=None, pickup_code=code
    )


def write(key: str) -> None:
    """A row that shows that something happened; a second one of the same key is refused by the database."""
    db.session.execute(_SEEN, {"key": key})


def written() -> list[str]:
    return list(db.session.execute(text("SELECT plugin FROM plugin_setting ORDER BY plugin")).scalars())


def deliveries() -> list[tuple]:
    rows = db.session.execute(text("SELECT consumer, state, attempts FROM event_delivery ORDER BY event_id, consumer"))
    return [tuple(row) for row in rows]


class Plugins:
    """The plugins of the app under test; `on` switches one on for a shop."""

    def __init__(self, host: PluginHost) -> None:
        self._host = host

    def add(self, name: str, handler: Callable | None = None, jobs: tuple[Job, ...] = ()) -> None:
        handlers = {OrderReady: handler} if handler else {}
        made = Plugin(name=name, title=name, summary=name, version="1", api="0.9", handlers=handlers, jobs=jobs)
        self._host.loaded[name] = Loaded(made, name)

    def remove(self, name: str) -> None:
        del self._host.loaded[name]

    @staticmethod
    def switch(shop: Shop, name: str, state: str = "on") -> None:
        with shop.app.app_context():
            values = {"tenant": shop.ref.id, "plugin": name, "state": state}
            with db.engines["platform"].begin() as connection:
                connection.execute(_SWITCH, values)
            services().registry.invalidate()
            shop.ref = services().registry.fresh(shop.ref)


@pytest.fixture
def plugins(app, monkeypatch) -> Plugins:
    host = PluginHost()
    monkeypatch.setitem(app.extensions, KEY, host)
    monkeypatch.setattr(consumers, "_handlers", {})
    return Plugins(host)


@pytest.fixture
def on(plugins, shop) -> Callable[..., None]:
    """Make a plugin and switch it on in `shop`."""

    def make(name: str, handler: Callable | None = None, jobs: tuple[Job, ...] = ()) -> None:
        plugins.add(name, handler, jobs)
        plugins.switch(shop, name)

    return make


def emit_ready(shop: Shop, *orders: int) -> None:
    with shop.bound():
        emit(*(ready(order) for order in orders))
        db.session.commit()


def note(ctx: Context, session: Any, event: OrderReady) -> None:
    """A handler that does its work."""
    write(f"order-{event.order_id}")
