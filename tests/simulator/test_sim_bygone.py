"""Trades of a merchant from before the simulator knew it: they can be refunded and stand in the bills."""

import pytest

from simulator.testing import Refused


def trade(at, **changes):
    return {
        "out_trade_no": "OLD0000001", "transaction_id": "4200000000000000000000000001", "openid": "oSomebody",
        "description": "旧订单", "total_fen": 2000, "created": at - 30, "paid_at": at, **changes,
    }  # fmt: skip


@pytest.fixture
def past(shop):
    """`past(trade, …)` tells the simulator of them."""
    owner = {"mchid": shop.profile["mchid"], "appid": shop.appid}
    return lambda *trades: shop.sim.post("trades", {**owner, "trades": list(trades)})


@pytest.fixture
def now(shop):
    return shop.sim.get("clock")["now"]


def test_bygone_trade_is_found_as_paid_and_taken_once(shop, past, now):
    assert past(trade(now - 90_000)) == {"taken": 1}
    assert past(trade(now - 90_000)) == {"taken": 0}
    (order,) = [o for o in shop.sim.get("orders")["orders"] if o["out_trade_no"] == "OLD0000001"]
    assert (order["state"], order["total_fen"], order["paid_at"]) == ("SUCCESS", 2000, now - 90_000)
    assert shop.sim.get("notifies")["notifies"] == []


def test_bygone_trade_can_be_refunded(shop, past, now):
    past(trade(now - 90_000))
    status, _ = shop.refund("OLD0000001", "OLDR1", 500, total=2000)
    assert status == 200


def test_bygone_refund_is_done_and_counts(shop, past, now):
    refund = {"out_refund_no": "OLDR1", "refund_id": "50300001", "refund_fen": 700, "at": now - 80_000}
    past(trade(now - 90_000, refund=refund))
    (order,) = [o for o in shop.sim.get("orders")["orders"] if o["out_trade_no"] == "OLD0000001"]
    (row,) = shop.sim.get("refunds")["refunds"]
    assert (order["state"], order["refunded_fen"]) == ("REFUND", 700)
    assert (row["status"], row["refund_fen"], row["success_at"]) == ("SUCCESS", 700, now - 80_000)


def test_bygone_trades_of_an_unknown_merchant_are_refused(shop, now):
    with pytest.raises(Refused):
        shop.sim.post("trades", {"mchid": "1", "appid": shop.appid, "trades": [trade(now)]})
