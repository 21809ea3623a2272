"""``POST /_sim/trades``: payments, with their refunds, that a merchant had before this simulator knew of it."""

from flask import Blueprint

from simulator import control
from simulator.errors import ControlError
from simulator.models import Merchant, Order, Refund
from simulator.schema import Many, Number, Record, Text, Whole
from simulator.state import State

_REFUND = Record({
    "out_refund_no": Text(1, 64, required=True), "refund_id": Text(1, 64, required=True),
    "refund_fen": Whole(1, required=True), "at": Number(required=True),
})
_TRADE = Record({
    "out_trade_no": Text(6, 32, required=True), "transaction_id": Text(1, 32, required=True),
    "openid": Text(1, 128, required=True), "description": Text(1, 127, required=True),
    "total_fen": Whole(1, required=True), "created": Number(required=True), "paid_at": Number(required=True),
    "refund": _REFUND,
})
_BODY = Record({
    "mchid": Text(1, required=True), "appid": Text(1, required=True), "trades": Many(_TRADE, required=True),
})


class Bygones:
    """Takes trades as they were; nobody is notified."""

    def __init__(self, state: State):
        self._state = state

    def take(self, body: dict) -> dict:
        """Keep those that are new, by ``out_trade_no``; times are epoch seconds."""
        merchant = self._state.store.get(Merchant, body["mchid"])
        if merchant is None:
            raise ControlError(404, "NO_MERCHANT", f"no merchant {body['mchid']}")
        with self._state.store.change():
            taken = [self._keep(merchant, body["appid"], trade) for trade in body["trades"]]
        return {"taken": sum(taken)}

    def _keep(self, merchant: Merchant, appid: str, trade: dict) -> bool:
        order = _order(merchant, appid, trade)
        if self._state.store.get(Order, order.key) is not None:
            return False
        if "refund" in trade:
            self._state.store.save(_refunded(order, trade["refund"]))
        self._state.store.save(order)
        self._state.index(order)
        return True


def _order(merchant: Merchant, appid: str, trade: dict) -> Order:
    body = {"description": trade["description"], "payer": {"openid": trade["openid"]}}
    return Order(
        merchant.mchid, trade["out_trade_no"], body, appid, trade["total_fen"], "", trade["created"],
        openid=trade["openid"], state="SUCCESS", transaction_id=trade["transaction_id"], paid_at=trade["paid_at"],
        visible_at=trade["paid_at"], fee_fen=(trade["total_fen"] * merchant.fee_rate_bp + 5000) // 10000,
    )


def _refunded(order: Order, refund: dict) -> Refund:
    """The refund, done; the order remembers it."""
    fen, at = refund["refund_fen"], refund["at"]
    order.state, order.refunded_fen, order.refund_count, order.last_refund_at = "REFUND", fen, 1, at
    body = {"out_trade_no": order.out_trade_no, "amount": {"refund": fen, "total": order.total_fen, "currency": "CNY"}}
    return Refund(
        order.mchid, refund["out_refund_no"], refund["refund_id"], order.out_trade_no, order.transaction_id, body, fen,
        fen, order.fee_fen * fen // order.total_fen, at, at, status="SUCCESS", success_at=at,
    )


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    control.mount(blueprint, "POST", "/_sim/trades", Bygones(state).take, _BODY)
