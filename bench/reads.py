"""Catalog reads against an empty endpoint of the same server: requests per second and CPU per request."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from bench.cpu import cpu_seconds
from bench.figures import Figure
from bench.load import drive, request_bytes, spread
from bench.stage import Stage
from core.catalog import cache
from core.db import db

CONNECTIONS = 8
ROUNDS = 5


def measure(stage: Stage, count: int) -> list[Figure]:
    """Rounds of slices in turn, the best round of each counts; `count` requests a slice."""
    products = stage.product_ids
    slices: dict[str, Callable[[int], bytes]] = {
        "empty endpoint": lambda n: _get(stage, "/store/bench/empty"),
        "product list of 20, cached": lambda n: _get(stage, "/store/api/v1/products?limit=20"),
        "product detail, cached": lambda n: _get(stage, f"/store/api/v1/products/{products[n % 20]}"),
        "product detail, uncached": lambda n: _get(stage, f"/store/api/v1/products/{products[n % len(products)]}"),
    }
    rates, costs = dict.fromkeys(slices, 0.0), dict.fromkeys(slices, float("inf"))
    for _ in range(ROUNDS):
        for name, make in slices.items():
            amount = len(products) if name.endswith("uncached") else count
            if name.endswith("uncached"):
                _forget(stage)
            before = cpu_seconds(stage.pids())
            load = drive(stage.port, spread(CONNECTIONS, amount, make))
            if load.failed:
                raise RuntimeError(f"{name}: {load.failed} of {load.count} failed")
            rates[name] = max(rates[name], load.rate)
            costs[name] = min(costs[name], (cpu_seconds(stage.pids()) - before) / amount)
    empty = "empty endpoint"
    targets = {"product list of 20, cached": 0.6, "product detail, cached": 0.6, "product detail, uncached": 0.2}
    by_rate = [Figure(n, rates[n], "req/s", rates[empty], rates[n] / rates[empty], t) for n, t in targets.items()]
    by_cpu = [
        Figure(f"{n}: CPU", costs[n] * 1e6, "us", costs[empty] * 1e6, costs[empty] / costs[n], t)
        for n, t in targets.items()
    ]
    return by_rate + by_cpu


def _get(stage: Stage, path: str) -> bytes:
    return request_bytes("GET", path, stage.host)


def _forget(stage: Stage) -> None:
    """A new catalog version: nothing that was kept is valid any more."""
    with stage.bound():
        cache.touch()
        db.session.execute(text("UPDATE product SET updated_at = updated_at WHERE false"))
        db.session.commit()
