"""The whole play, step by step; every step asks what is there and goes on from there, so that it may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Semaphore
from time import sleep
from typing import Any

from core.clock import now, shop_time
from core.replay import goods, plan
from core.replay.batches import batched
from core.replay.clients import Member, Shoppers, Staff, Till
from core.replay.http import Refused, Trouble, Unreachable
from core.replay.online import Counter, GaveUp, Started
from core.replay.plan import Needs
from core.replay.reader import Dataset, SoldOrder
from core.replay.report import Row, compare, compare_rollups
from core.replay.screen import Screen

BATCH = 500
WORKERS = 6
DRAIN_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays: the shoppers are made when the first one is needed, as that takes WeChat."""

    staff: Staff
    till: Till
    shoppers: Callable[[], Shoppers]
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that a plugin tells: `member` of what the console answers at `path`."""

    name: str
    path: str
    member: str


@dataclass(slots=True)
class Replay:
    """One run. `through_shoppers`: online orders go the shopper's way; else they are history (`past`).

    `analytics`: the roll-ups must tell the same figures as the report.
    """

    data: Dataset
    cast: Cast
    screen: Screen
    through_shoppers: bool
    workers: int = WORKERS
    figures: tuple[Figure, ...] = ()
    analytics: bool = False
    failures: list[tuple[str, str]] = field(default_factory=list)
    _members: dict[str, Member] = field(default_factory=dict)

    def run(self) -> list[Row]:
        """Play everything and return the table of figures; what failed stands in `failures`.

        Raises Refused or Unreachable where nothing can go on.
        """
        needs = plan.needs(self.data.orders())
        stores = goods.ensure_stores(self.cast.staff, needs.stores)
        started = self._started()
        self._enter_products(needs.skus)
        self._enter_members(needs.members)
        self._receive()
        self._tills(needs, started)
        if self.through_shoppers and needs.online:
            counter = Counter(
                self.cast.staff, self.cast.shoppers(), stores, self.cast.till.sku_ids(needs.skus), started
            )
            self._online(needs.online, counter)
        reported = self._report(bool(started)) | self._told_by_plugins()
        rolled_up = self._rolled_up(bool(started)) if self.analytics else []
        return compare(self.data.expected, reported) + rolled_up

    def _rolled_up(self, placed_before: bool) -> list[Row]:
        """The figures of analytics, once every day that changed was computed."""
        self._wait_for_deliveries()
        period = self.data.first_day, self._end(placed_before)
        while (told := goods.rolled_up(self.cast.staff, *period))["pending"]:
            sleep(DRAIN_EVERY)
        return compare_rollups(self.data.expected, told)

    def _told_by_plugins(self) -> dict[str, Any]:
        """The figures of plugins, once everything they have to hear of was handed over to them."""
        if not self.figures:
            return {}
        self._wait_for_deliveries()
        return {figure.name: self.cast.staff.call("GET", figure.path)[figure.member] for figure in self.figures}

    def _wait_for_deliveries(self) -> None:
        waiting = self._deliveries_waiting()
        with self.screen.step("插件处理", waiting) as advance:
            while waiting:
                sleep(DRAIN_EVERY)
                left = self._deliveries_waiting()
                advance(max(waiting - left, 0))
                waiting = left

    def _deliveries_waiting(self) -> int:
        return self.cast.staff.call("GET", "/deliveries/counts")["pending"]

    def _report(self, placed_before: bool) -> dict[str, Any]:
        return goods.sales_report(self.cast.staff, self.data.first_day, self._end(placed_before))

    def _end(self, placed_before: bool) -> date:
        """Shoppers order today, whatever the data says: with them the period reaches to the end of today."""
        if self.through_shoppers or placed_before:
            return shop_time(now()).date() + timedelta(days=1)
        return self.data.end

    def _started(self) -> dict[str, Started]:
        """Online orders that are already there, from this or an earlier run: the latest attempt of each."""
        found: dict[str, Started] = {}
        for item in self.cast.staff.pages("/orders", {"channel": "online"}):
            number, attempt = plan.attempt_of(item["reference"])
            if number not in found or attempt > found[number].attempt:
                found[number] = Started(attempt, item["number"], item["state"])
        return found

    def _enter_products(self, codes: set[str]) -> None:
        with self.screen.step("商品", len(codes)) as advance:
            for rows in batched(self.data.products(codes), BATCH):
                self._note(goods.put_products(self.cast.till, rows))
                advance(len(rows))

    def _enter_members(self, numbers: set[str]) -> None:
        with self.screen.step("会员", len(numbers)) as advance:
            for rows in batched(self.data.members(numbers), BATCH):
                self._members.update((row["member_no"], Member(row["member_no"], row["phone"])) for row in rows)
                self._note(goods.put_members(self.cast.till, rows))
                advance(len(rows))

    def _receive(self) -> None:
        receipts = plan.receipts(self.data.orders(), self.through_shoppers)
        with self.screen.step("入库单", len(receipts)) as advance:
            for receipt in receipts:
                goods.receive(self.cast.till, receipt)
                advance(1)

    def _tills(self, needs: Needs, started: dict[str, Started]) -> None:
        """Sales of the tills, and without shoppers the online orders as history, except those placed here before."""
        wanted = needs.at_tills + (0 if self.through_shoppers else needs.online)
        with self.screen.step("收银与历史订单", wanted) as advance:
            for orders in batched(self._for_tills(), BATCH):
                fresh = [order for order in orders if order.number not in started]
                body = {"orders": [plan.sale(order) for order in fresh]}
                for result in self.cast.till.call("POST", "/orders:bulk", body)["results"]:
                    if result["status"] == "error":
                        self.failures.append((str(result["order_no"]), f"{result['code']}: {result['message']}"))
                advance(len(orders))

    def _for_tills(self) -> Iterator[SoldOrder]:
        return (order for order in self.data.orders() if not (order.online and self.through_shoppers))

    def _online(self, count: int, counter: Counter) -> None:
        """Several shoppers at once; never more orders in memory than are being played."""
        history = self._history()
        room = Semaphore(2 * self.workers)
        with self.screen.step("线上订单", count) as advance, ThreadPoolExecutor(self.workers) as pool:
            for order in self.data.orders():
                if order.online:
                    room.acquire()
                    playing = pool.submit(self._play, counter, order, history)
                    playing.add_done_callback(lambda _: (room.release(), advance(1)))

    def _history(self) -> set[str]:
        """Online orders that an earlier run entered as history: they are not sold a second time."""
        return {item["reference"] for item in self.cast.staff.pages("/orders", {"channel": "past"})}

    def _play(self, counter: Counter, order: SoldOrder, history: set[str]) -> None:
        if order.number in history:
            return
        try:
            counter.play(order, self._members[order.member_no])
        except (GaveUp, Refused, Unreachable, KeyError) as error:
            self.failures.append((order.number, f"{type(error).__name__}: {error}"))

    def _note(self, faults: list[tuple[str, str]]) -> None:
        self.failures.extend(faults)
