"""A town to look at: the demo shop with its past, its people's logins, and what the pages are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Thread

from flask import Flask
from sqlalchemy import text
from werkzeug.serving import make_server

from core import demo
from core.clock import travel
from core.config import Config
from core.data.demologin import SLUG
from core.db import db
from core.host import chores
from core.services import services
from simulator.testing import Remote
from tenants.context import TenantRef, bind

_SAMPLE = {
    "order": "SELECT number FROM orders WHERE state = 'completed' AND channel = 'online'"
             " ORDER BY refunded_fen DESC, id LIMIT 1",
    "pending": "SELECT number FROM orders WHERE state = 'pending' ORDER BY id LIMIT 1",
    "paid": "SELECT number FROM orders WHERE state = 'paid' ORDER BY id LIMIT 1",
    "ready": "SELECT number FROM orders WHERE state = 'ready' AND pickup_code IS NOT NULL ORDER BY id LIMIT 1",
    "store": "SELECT id FROM store ORDER BY code LIMIT 1",
    "product": "SELECT id FROM product ORDER BY id LIMIT 1",
    "sku": "SELECT id FROM sku ORDER BY id LIMIT 1",
    "category": "SELECT id FROM category ORDER BY id LIMIT 1",
    "member": "SELECT buyer_id FROM orders WHERE channel = 'online' GROUP BY buyer_id ORDER BY count(*) DESC LIMIT 1",
    "person": "SELECT id FROM staff WHERE role = 'clerk' ORDER BY id LIMIT 1",
    "run": "SELECT id FROM import_run ORDER BY id DESC LIMIT 1",
    "day": "SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai' - interval '1 day', 'YYYY-MM-DD')",
}


@dataclass
class Town:
    app: Flask
    port: int
    ref: TenantRef
    sample: dict[str, str] = field(default_factory=dict)

    @property
    def shop(self) -> str:
        return f"http://{self.ref.slug}.localhost:{self.port}"

    @property
    def platform(self) -> str:
        return f"http://localhost:{self.port}"

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.app.app_context(), bind(services().registry.by_slug(SLUG)):
            yield


def arranged(config: Config, wechat: Remote, days: int) -> Config:
    """The configuration of an app that can have a town: a demo past of `days`, known to the simulator."""
    port = int(config.public_url.rpartition(":")[2])
    return replace(config, port=port, demo_days=days, simulator_url=wechat.url)


@contextmanager
def serving(app: Flask, port: int) -> Iterator[int]:
    """The app behind HTTP."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield port
    server.shutdown()


def settle(app: Flask, port: int) -> Town:
    """Fill the demo shop, handle its events, count its figures."""
    demo.ensure(app)
    with app.app_context():
        here = Town(app, port, services().registry.by_slug(SLUG))
    _keep_up(here)
    with here.inside():
        here.sample = {"slug": SLUG} | {name: _one(statement) for name, statement in _SAMPLE.items()}
    return here


def _keep_up(here: Town) -> None:
    """What the worker would have done by now."""
    for minute in range(60):
        with here.inside(), travel(60 * minute):
            busy = [chores.tick("core"), chores.tick("plugins")]
            waiting = db.session.execute(text("SELECT count(*) FROM event_delivery WHERE state = 'pending'")).scalar()
            waiting += db.session.execute(text("SELECT count(*) FROM rollup_dirty")).scalar()
            db.session.rollback()
        if not any(busy) and not waiting:
            return


def _one(statement: str) -> str:
    found = str(db.session.execute(text(statement)).scalar() or "0")
    db.session.rollback()
    return found


