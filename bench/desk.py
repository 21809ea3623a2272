"""The console's pages on the whole demo shop: dashboards beside a keyed detail page, and deep pages of a long list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from time import perf_counter

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from bench.figures import Figure
from bench.stage import Stage
from core import create_app, demo
from core.clock import now, travel
from core.crypto import fingerprint
from core.data.demologin import SLUG
from core.db import db
from core.host import chores
from core.orders.listing import Wanted, list_orders
from core.services import services
from core.web.tokens import STAFF, issue
from simulator.testing import running
from tenants.context import TenantRef, bind

DASHBOARDS = {
    "dashboard": "/console/",
    "analytics": "/console/analytics",
    "finance": "/console/analytics/finance",
    "products sold": "/console/analytics/products",
}
LONG = 100_000
PAGE = 20
_ORDERS = text(
    """
    INSERT INTO orders (number, reference, request_digest, channel, store_id, state, fulfilment, list_fen, goods_fen,
                        payable_fen, placed_at)
    SELECT 'L' || n, 'L' || n, '', 'pos', :store, 'completed', 'counter', 100, 100, 100,
           CAST(:until AS timestamptz) - n * interval '1 minute' FROM generate_series(1, :count) n
    """
)
_SESSION = text(
    """
    INSERT INTO staff_session (staff_id, token_hash, created_at, expires_at)
    SELECT id, :hash, :now, CAST(:now AS timestamptz) + interval '1 day' FROM staff WHERE role = 'owner'
    """
)


def measure(stage: Stage, days: int, rounds: int) -> list[Figure]:
    """Dashboards of a demo past of `days` within ten times the detail page; the last page of 100,000 like the first."""
    with _demo(stage, days) as (app, ref):
        client, host = _logged_in(app, ref), f"{ref.slug}.localhost"
        with app.app_context(), bind(ref):
            number = db.session.execute(text("SELECT max(number) FROM orders WHERE channel = 'online'")).scalar()
            db.session.rollback()
        detail = _seconds(lambda: _open(client, host, f"/console/orders/{number}"), rounds)
        figures = [
            Figure(f"{name} of {days} days", seconds * 1000, "ms", detail * 1000, seconds / detail, 10, at_least=False)
            for name, path in DASHBOARDS.items()
            for seconds in [_seconds(lambda path=path: _open(client, host, path), rounds)]
        ]
        with app.app_context(), bind(ref):
            figures.append(_deep(rounds))
    return figures


@contextmanager
def _demo(stage: Stage, days: int) -> Iterator[tuple[Flask, TenantRef]]:
    with running() as wechat:
        urls = {"simulator_url": wechat.url, "wxpay_base_url": wechat.url, "wxapi_base_url": wechat.url}
        app = create_app(replace(stage.config, demo_days=days, **urls))
        demo.ensure(app)
        with app.app_context():
            ref = services().registry.by_slug(SLUG)
        _count_figures(app, ref)
        yield app, ref


def _count_figures(app: Flask, ref: TenantRef) -> None:
    for minute in range(100):
        with app.app_context(), bind(ref), travel(60 * minute):
            chores.tick("core")
            left = db.session.execute(
                text("SELECT (SELECT count(*) FROM rollup_dirty) + (SELECT count(*) FROM event_delivery"
                     " WHERE state = 'pending' AND consumer = 'core.analytics')")
            ).scalar()
            db.session.rollback()
        if not left:
            return
    raise RuntimeError("the figures never come to rest")


def _logged_in(app: Flask, ref: TenantRef) -> FlaskClient:
    with app.app_context(), bind(ref):
        token = issue(STAFF, ref.key)
        db.session.execute(_SESSION, {"hash": fingerprint(token), "now": now()})
        db.session.commit()
    client = app.test_client()
    client.set_cookie(f"jishi-{STAFF}", token, domain=f"{ref.slug}.localhost")
    return client


def _open(client: FlaskClient, host: str, path: str) -> None:
    answer = client.get(path, base_url=f"http://{host}")
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")


def _seconds(act: Callable[[], object], rounds: int) -> float:
    """The median of `rounds`, after one that warms up."""
    act()
    times = []
    for _ in range(rounds):
        start = perf_counter()
        act()
        times.append(perf_counter() - start)
    return median(times)


def _deep(rounds: int) -> Figure:
    store = db.session.execute(text("SELECT min(id) FROM store")).scalar()
    db.session.execute(_ORDERS, {"store": store, "until": now(), "count": LONG})
    db.session.commit()
    first = _seconds(lambda: list_orders(Wanted(), None, PAGE), rounds)
    cursor = list_orders(Wanted(), None, LONG - PAGE).next_cursor
    last = _seconds(lambda: list_orders(Wanted(), cursor, PAGE), rounds)
    db.session.rollback()
    name = f"page {LONG // PAGE:,} of {LONG:,} orders"
    return Figure(name, last * 1000, "ms", first * 1000, last / first, 2, at_least=False)
