"""A 3-line order with ledger, reservation and event, against the hand-written endpoint without them."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import event

from bench.cpu import cpu_seconds
from bench.figures import Figure
from bench.load import drive, request_bytes, spread
from bench.stage import Stage
from core.db import db

CONNECTIONS = 8
ROUNDS = 5


def measure(stage: Stage, count: int) -> list[Figure]:
    """CPU per order of web, PostgreSQL and Valkey together; the best of the rounds counts."""
    slices = {"hand-written": ("/store/bench/orders", _naive_body), "ours": ("/store/api/v1/orders", _our_body)}
    costs, rates = dict.fromkeys(slices, float("inf")), dict.fromkeys(slices, 0.0)
    for round_number in range(ROUNDS):
        for name, (path, body) in slices.items():
            tag = f"{name[0]}{round_number}"
            requests = spread(
                CONNECTIONS, count, lambda n, p=path, b=body, t=tag: _post(stage, p, b(stage, n), f"{t}-{n:06d}")
            )
            before = cpu_seconds(stage.pids())
            load = drive(stage.port, requests)
            if load.failed:
                raise RuntimeError(f"{name}: {load.failed} of {load.count} orders failed")
            costs[name] = min(costs[name], (cpu_seconds(stage.pids()) - before) / count)
            rates[name] = max(rates[name], load.rate)
    ours, theirs = costs["ours"], costs["hand-written"]
    speed = rates["ours"] / rates["hand-written"]
    return [
        Figure("order of 3 lines: CPU", ours * 1e3, "ms", theirs * 1e3, ours / theirs, 1.0, at_least=False),
        Figure("order of 3 lines", rates["ours"], "orders/s", rates["hand-written"], speed, 1.0),
    ]


def statements(stage: Stage) -> list[Figure]:
    """SQL statements of one order, with 1 line and with 100: the same number."""
    _count(stage, 0, 1)  # the first one also fills the process's caches
    one, hundred = (_count(stage, lines, lines) for lines in (1, 100))
    return [Figure("statements per order, 100 lines", hundred, "", one, hundred / one, 1.0, at_least=False)]


def _count(stage: Stage, number: int, lines: int) -> int:
    counted = 0

    def note(*_: Any) -> None:
        nonlocal counted
        counted += 1

    with stage.app.app_context():
        engine = db.engines[None]
    event.listen(engine, "before_cursor_execute", note)
    body = orjson.dumps(_body(stage, stage.sku_ids[:lines]))
    answer = stage.app.test_client().post(
        "/store/api/v1/orders", data=body, content_type="application/json", headers=_headers(stage, f"count-{number:04d}")
    )
    event.remove(engine, "before_cursor_execute", note)
    if answer.status_code != 201:
        raise RuntimeError(answer.get_data(as_text=True))
    return counted


def _headers(stage: Stage, key: str) -> dict[str, str]:
    return {"Host": stage.host, "Authorization": f"Bearer {stage.buyer_token}", "Idempotency-Key": f"bench-{key}"}


def _post(stage: Stage, path: str, body: bytes, key: str) -> bytes:
    headers = _headers(stage, key)
    del headers["Host"]
    return request_bytes("POST", path, stage.host, body, Content_Type="application/json", **headers)


def _skus(stage: Stage, number: int) -> list[int]:
    """Three SKUs, spread so that row locks don't decide."""
    skus = stage.sku_ids
    return [skus[(number * 3 + offset) % len(skus)] for offset in range(3)]


def _naive_body(stage: Stage, number: int) -> bytes:
    lines = [{"sku_id": sku, "quantity": "1"} for sku in _skus(stage, number)]
    return orjson.dumps({"store_id": stage.store_id, "lines": lines})


def _our_body(stage: Stage, number: int) -> bytes:
    return orjson.dumps(_body(stage, _skus(stage, number)))


def _body(stage: Stage, skus: list[int]) -> dict[str, Any]:
    lines = [{"sku_id": str(sku), "quantity": "1"} for sku in skus]
    return {"store_id": str(stage.store_id), "fulfilment": "pickup", "lines": lines}
