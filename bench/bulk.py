"""Sales in bulk: orders per second, and whether memory stays flat."""

from __future__ import annotations

from random import Random
from time import perf_counter

import orjson

from bench.cpu import resident_mib
from bench.figures import Figure
from bench.load import drive, request_bytes
from bench.stage import STORES, Stage

BATCH = 500
LINES = 10
"""The mean of the month that the target was set for is 10.5 lines an order."""


def measure(stage: Stage, batches: int) -> list[Figure]:
    """`batches` calls of 500 sales of 10 lines, one after another, as a till's agent sends them."""
    random = Random(1)
    requests = [_request(stage, random, number) for number in range(batches)]
    warm = max(1, batches // 4)
    _send(stage, requests[:warm])
    before, start = resident_mib(stage.web_pids()), perf_counter()
    _send(stage, requests[warm:])
    rate = (batches - warm) * BATCH / (perf_counter() - start)
    after = resident_mib(stage.web_pids())
    return [
        Figure("sales in bulk, 10 lines each", rate, "orders/s", None, rate, 150),
        Figure("memory after, by memory before", after, "MiB", before, after / before, 1.1, at_least=False),
    ]


def _send(stage: Stage, requests: list[bytes]) -> None:
    load = drive(stage.port, [requests])
    if load.failed:
        raise RuntimeError(f"{load.failed} of {load.count} bulk calls failed")


def _request(stage: Stage, random: Random, batch: int) -> bytes:
    body = orjson.dumps({"orders": [_sale(random, batch * BATCH + n) for n in range(BATCH)]})
    return request_bytes(
        "POST", "/open/api/v1/orders:bulk", stage.host, body,
        Content_Type="application/json", Authorization=f"Bearer {stage.api_key}",
    )


def _sale(random: Random, number: int) -> dict:
    lines = [_line(random, sku) for sku in random.sample(range(400), LINES)]
    return {
        "order_no": f"BENCH{number:08d}",
        "store_code": random.choice(STORES),
        "placed_at": "2026-01-01T10:00:00+08:00",
        "lines": lines,
        "paid_fen": sum(line["paid_fen"] for line in lines),
    }


def _line(random: Random, sku: int) -> dict:
    listed, member, coupon = random.randrange(500, 2000), random.randrange(0, 100), random.choice([0, 0, 0, 50])
    return {
        "sku": f"B{sku:05d}",
        "qty": 1,
        "list_fen": listed,
        "member_disc_fen": member,
        "coupon_fen": coupon,
        "coupon_store_funded_fen": 0,
        "paid_fen": listed - member - coupon,
    }
