"""An online order from the login to the counter, by the people who act in it: shopper, staff, WeChat's wallet."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.replay import plan
from core.replay.clients import Member, Shopper, Shoppers, Staff
from core.replay.http import Refused
from core.replay.reader import SoldOrder

MAX_ATTEMPTS = 5
PAID_WITHIN_SECONDS = 300.0
FIRST_LOOK, LONGEST_LOOK = 0.05, 1.0
WHY = "按实际成交价改价"

DONE = frozenset({"completed"})
LOST = frozenset({"closed", "cancelled"})
_ASK_AGAIN = frozenset({"PREPAY_EXPIRED", "ORDER_EXPIRED", "ORDER_CLOSED", "NO_PREPAY"})
"""The wallet's way of saying that this attempt to pay is over; the shop gives another one or closes the order."""


class GaveUp(Exception):
    """The order did not get to its end; the message says where it stands."""


class Started(NamedTuple):
    """An order that an earlier run placed: under which attempt, the shop's number, and its state."""

    attempt: int
    number: str
    state: str


@dataclass(frozen=True, slots=True)
class Counter:
    """Plays orders, several at once from different threads. `stores` and `skus` are the shop's ids by code, `started`
    holds the latest attempt of each order number."""

    staff: Staff
    shoppers: Shoppers
    stores: Mapping[str, str]
    skus: Mapping[str, str]
    started: Mapping[str, Started]

    def play(self, order: SoldOrder, member: Member) -> None:
        """Bring the order to `completed` from wherever it stands; raises GaveUp, Refused, Unreachable."""
        before = self.started.get(order.number)
        if before is not None and before.state in DONE:
            return
        shopper = self.shoppers.get(member)
        first = before.attempt if before else 1
        for attempt in range(first, first + MAX_ATTEMPTS):
            if self._run(shopper, order, plan.reference(order.number, attempt)):
                return
        raise GaveUp(f"closed unpaid {MAX_ATTEMPTS} times")

    def _run(self, shopper: Shopper, order: SoldOrder, reference: str) -> bool:
        """One attempt; False when it ended without a sale, so that another one is needed."""
        lines = [(self.skus[line.sku], line.quantity) for line in order.lines]
        number = shopper.place(self.stores[order.store_code], lines, reference)["number"]
        now = shopper.order(number)
        if now["state"] == "pending":
            now = self._sell(shopper, order, now)
        if now["state"] in LOST:
            return False
        self._hand_over(shopper, now)
        return True

    def _sell(self, shopper: Shopper, order: SoldOrder, now: dict[str, Any]) -> dict[str, Any]:
        """Adjust, pay, wait for the money; the order afterwards."""
        if not any(step["lane"] == "manual" for step in now["steps"]):
            self._adjust(order, now)
        self._pay(shopper, now["number"])
        return self._await_payment(shopper, now["number"])

    def _adjust(self, order: SoldOrder, now: dict[str, Any]) -> None:
        """改价: what the order was quoted becomes what it was sold for."""
        changes = plan.adjustments([line["payable_fen"] for line in now["lines"]], order.lines)
        if not changes:
            return
        body = {
            "lines": [change.as_json() for change in changes if change.position],
            "order": [change.as_json() for change in changes if not change.position],
            "why": WHY,
        }
        adjusted = self.staff.call("PUT", f"/orders/{now['number']}/adjustments", body)
        if adjusted["payable_fen"] != order.paid_fen:
            raise GaveUp(f"costs {adjusted['payable_fen']} instead of {order.paid_fen} fen after the adjustment")

    def _pay(self, shopper: Shopper, number: str) -> None:
        for _ in range(MAX_ATTEMPTS):
            try:
                answer = shopper.call("POST", f"/orders/{number}/pay")
            except Refused as refused:
                if refused.status == 409:
                    return
                raise
            reason = None if answer["paid"] else self.shoppers.wallet.pay(answer["params"], shopper.openid)
            if reason is None or reason == "ORDER_PAID":
                return
            if reason not in _ASK_AGAIN:
                raise GaveUp(f"the wallet says {reason}")

    def _await_payment(self, shopper: Shopper, number: str) -> dict[str, Any]:
        """Look again and again: the callback may be late, or lost and found by the clock."""
        wait, deadline = FIRST_LOOK, time.monotonic() + PAID_WITHIN_SECONDS
        while True:
            now = shopper.order(number)
            if now["state"] != "pending":
                return now
            if time.monotonic() > deadline:
                raise GaveUp(f"not paid within {PAID_WITHIN_SECONDS:.0f} s")
            time.sleep(wait)
            wait = min(wait * 2, LONGEST_LOOK)

    def _hand_over(self, shopper: Shopper, now: dict[str, Any]) -> None:
        """Goods on the counter, code shown, order complete. An act whose answer got lost is seen in the state."""
        number = now["number"]
        for _ in range(MAX_ATTEMPTS):
            if now["state"] in DONE:
                return
            try:
                self._next_act(now)
            except Refused as refused:
                if refused.status not in {404, 409, 422}:
                    raise
            before, now = now["state"], shopper.order(number)
            if now["state"] == before:
                raise GaveUp(f"stays {before}")
        raise GaveUp(f"ends {now['state']}")

    def _next_act(self, now: dict[str, Any]) -> None:
        if now["state"] in {"paid", "preparing"}:
            self.staff.call("POST", f"/orders/{now['number']}/ready")
        else:
            body = {"store_id": now["store_id"], "code": now["pickup_code"]}
            self.staff.call("POST", "/pickup/verify", body)
