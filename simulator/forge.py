"""A stranger's notify: says an unpaid order is paid, names the right serial, signed by another key."""

from functools import cache

from simulator import crypto, sender
from simulator.clock import rfc3339
from simulator.drafts import Draft
from simulator.keys import Signer
from simulator.models import Merchant, Notify, Order
from simulator.state import State


@cache
def _strangers_key() -> str:
    return crypto.new_private_key()


def after_order(state: State, order: Order) -> None:
    """When the fault ``forge`` stands for this order, send a forged payment in the background."""
    where = state.where(order, order.notify_url, event="TRANSACTION.SUCCESS")
    fault = state.faults.take("forge", where)
    if fault:
        state.scheduler.at(state.now, _send, state, order, bool(fault.args.get("known_key")))


def _send(state: State, order: Order, known_key: bool) -> None:
    merchant = state.store.get(Merchant, order.mchid)
    row = _row(state, order)
    signer = Signer(state.keys.signer(merchant).serial, _strangers_key())
    key = merchant.apiv3_key if known_key else "0" * 32
    body, headers = Draft(row, signer, key, state.ids.word(32)).message()
    outcome = sender.post(order.notify_url, body, headers)
    with state.store.change():
        row.attempts = [{"at": state.now, "url": row.url, "faults": ["forge"], "extra": True} | outcome]
        state.store.save(row)


def _row(state: State, order: Order) -> Notify:
    now = state.now
    resource = {
        "mchid": order.mchid,
        "out_trade_no": order.out_trade_no,
        "transaction_id": state.ids.transaction_id(now),
        "trade_state": "SUCCESS",
        "trade_type": "JSAPI",
        "success_time": rfc3339(now),
        "amount": {"total": order.total_fen, "payer_total": order.total_fen, "currency": "CNY"},
    }
    return Notify(
        id=state.ids.event_id(), event="TRANSACTION.SUCCESS", kind="transaction", mchid=order.mchid,
        mchids=sorted(order.mchids), url=order.notify_url, resource=resource, nonce=state.ids.word(12), created=now,
        next_at=now, out_trade_no=order.out_trade_no, transaction_id=resource["transaction_id"], tries=1,
        state="forged",
    )
