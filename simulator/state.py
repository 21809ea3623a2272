"""What every part works on: clock, rows, keys, faults, scheduler, settings and the indexes."""

import threading
from pathlib import Path

from simulator.clock import Clock
from simulator.faults import Faults, Where
from simulator.ids import Ids
from simulator.keys import Keys
from simulator.models import (
    App,
    Code,
    Fault,
    Grant,
    Merchant,
    Message,
    Meta,
    Notify,
    Order,
    QrCode,
    Refund,
    Shipping,
    Template,
    Token,
    User,
)
from simulator.scheduler import Scheduler
from simulator.store import Store

DEFAULTS = {
    "notify_mode": "auto",
    "close_unknown": 404,
    "refund_interval_seconds": 60,
    "refund_delay_seconds": 2,
}
_TRADES = (Order, Refund, Notify, Shipping, Message, QrCode, Fault, Code)
_ACCOUNTS = (Merchant, App, User, Token, Template, Grant)


class State:
    """The simulator's memory. With a folder it survives ``kill -9``."""

    def __init__(self, folder: Path | None = None, seed: str = "1"):
        self.store = Store(folder)
        self.seed = self._meta("seed", seed)
        boot = self._meta("boot", 0) + 1
        self._set_meta("boot", boot)
        self.clock = Clock(self._meta("clock_offset", 0.0))
        self.ids = Ids(self.seed, boot)
        self.keys = Keys(self.store, self.ids)
        self.faults = Faults(self.store)
        self.scheduler = Scheduler(self.clock)
        self.settings = DEFAULTS | self._meta("settings", {})
        self.bills: dict[str, tuple[str, bytes]] = {}
        self.nonces: dict[tuple[str, str], float] = {}
        self.nonce_lock = threading.Lock()
        self.sending: set[str] = set()
        self.by_transaction: dict[str, Order] = {}
        self.by_prepay: dict[str, tuple[Order, float]] = {}
        self.by_token = {text: row.appid for row in self.store.all(Token) for text, _ in row.tokens}
        for order in self.store.all(Order):
            self.index(order)

    @property
    def now(self) -> float:
        """Business time."""
        return self.clock.now()

    def index(self, order: Order) -> None:
        """Make an order findable by transaction and prepay id."""
        if order.transaction_id:
            self.by_transaction[order.transaction_id] = order
        for prepay_id, at in order.prepays:
            self.by_prepay[prepay_id] = (order, at)

    def advance(self, seconds: float) -> None:
        """Move business time forward and remember it."""
        self.clock.advance(seconds)
        self._set_meta("clock_offset", self.clock.offset)
        self.scheduler.wake()

    def configure(self, **changes) -> None:
        """Change settings."""
        self.settings = self.settings | changes
        self._set_meta("settings", self.settings)

    def merchants_of(self, appid: str) -> frozenset:
        """The mchids that have this app bound."""
        return frozenset(m.mchid for m in self.store.all(Merchant) if appid in m.appids)

    def where(self, order: Order, path: str = "", **more) -> Where:
        """An order's place for fault matching."""
        return Where(frozenset(order.mchids), frozenset(order.appids), path,
                     out_trade_no=order.out_trade_no, **more)

    def reset(self, accounts: bool) -> None:
        """Forget trades, faults and the clock; with ``accounts`` also merchants, apps and users."""
        with self.store.change():
            self.scheduler.forget()
            self.store.clear(*_TRADES, *(_ACCOUNTS if accounts else ()))
            for index in (self.by_transaction, self.by_prepay, self.bills, self.nonces):
                index.clear()
            if accounts:
                self.by_token.clear()
            self.clock.offset = 0.0
            self._set_meta("clock_offset", 0.0)
            self.configure(**DEFAULTS)

    def close(self) -> None:
        """Stop the scheduler and close the journal."""
        self.scheduler.stop()
        self.store.close()

    def _meta(self, name: str, default):
        row = self.store.get(Meta, name)
        if row is None:
            self._set_meta(name, default)
            return default
        return row.value

    def _set_meta(self, name: str, value) -> None:
        with self.store.change():
            self.store.save(Meta(name, value))
