"""Events read back from what the outbox stored."""

from __future__ import annotations

from decimal import Decimal

import orjson
import pytest

from core.plugin import LineFact, OrderClosed, OrderPaid
from core.plugin.events import read

LINES = (LineFact(1, 7, "MILK", Decimal("1.236"), 1280, 1216),)
PAID = OrderPaid(
    order_id=1, number="2", channel="online", store_id=3, buyer_id=None, goods_fen=1216, shipping_fen=0, paid_fen=1216,
    transaction_id="42", lines=LINES, event_id=9,
)


def stored(event) -> dict:
    return orjson.loads(orjson.dumps(event, default=str))


def test_event_that_is_read_is_the_event_that_was_written():
    assert read(OrderPaid, stored(PAID) | {"event_id": 0}, 9) == PAID


def test_fields_of_another_version_are_left_out_and_missing_ones_take_their_defaults():
    payload = stored(PAID) | {"invented": 1}
    payload["lines"][0]["colour"] = "red"
    del payload["event_id"]
    assert read(OrderPaid, payload, 9) == PAID


def test_event_without_a_field_that_it_needs_can_not_be_read():
    with pytest.raises(TypeError):
        read(OrderClosed, {"order_id": 1}, 1)
