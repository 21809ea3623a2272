"""The questions of one quote to the plugins: who may answer, what counts as an answer, who failed.

Plugins get the cart under seal: whoever changes it is found out and left out, and the cart is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from core.host import failures
from core.host.bus import NOTHING_OWN, Answer, Bus, Check, Own, PluginSet
from core.plugin import Cart, CartLine, Context, Lane, Problem
from core.pricing import answers
from core.pricing.domain import Priced, Proposal, ledger_holds

_LINE_FIELDS = attrgetter(*CartLine.__dataclass_fields__)
_CART_FIELDS = attrgetter(*Cart.__dataclass_fields__)


class CartChanged(Exception):
    """A plugin changed the cart that it was asked about."""


class Seal:
    """Knows a cart as it was handed out. Comparing costs a fraction of what a copy for every question would."""

    def __init__(self) -> None:
        self._cart: Cart | None = None
        self._facts: list[tuple[Any, ...]] = []
        self._rest: tuple[Any, ...] = ()

    def put(self, cart: Cart) -> Cart:
        """Remember every field of `cart`, which is handed out as it is."""
        if cart is not self._cart:
            self._cart, self._rest = cart, _CART_FIELDS(cart)
            self._facts = [_LINE_FIELDS(line) for line in cart.lines]
        return cart

    def is_intact(self) -> bool:
        """Whether nobody changed what `put` was given last."""
        lines = self._rest[0]
        return _CART_FIELDS(self._cart) == self._rest and [_LINE_FIELDS(line) for line in lines] == self._facts

    def mend(self) -> None:
        """Write back what somebody wrote past the frozen classes: everybody has this cart."""
        for name, value in zip(Cart.__dataclass_fields__, self._rest, strict=True):
            object.__setattr__(self._cart, name, value)
        for line, facts in zip(self._rest[0], self._facts, strict=True):
            for name, value in zip(CartLine.__dataclass_fields__, facts, strict=True):
                object.__setattr__(line, name, value)


@dataclass(frozen=True, slots=True)
class Market:
    """The plugins that may speak about this tenant's prices; `asked` tells who for one hook, without it all `enabled`."""

    bus: Bus
    enabled: PluginSet
    asked: Callable[[str], PluginSet] | None = None

    def speaking(self, hook: str) -> PluginSet:
        return self.enabled if self.asked is None else self.asked(hook)


@dataclass(slots=True)
class Asking:
    """Asks for one quote; `terms` is what plugins read for it, `failed` those whose answer is missing: no final price."""

    context: Context
    market: Market
    failed: set[str] = field(default_factory=set)
    terms: dict[str, Hashable] = field(default_factory=dict)
    _seal: Seal = field(default_factory=Seal)

    def load(self, cart: Cart) -> None:
        """Let each plugin read its terms; one that has none is not asked for proposals."""
        found = self._ask("load_for_cart", self.market.speaking("load_for_cart"), cart, answers.check_terms)
        self.terms = {answer.plugin: answer.value for answer in found if answer.value is not None}

    def propose(self, cart: Cart, lane: Lane) -> list[Proposal]:
        """Everybody's proposals for `lane`, in name order."""
        names = self.market.speaking("quote").intersection(self.terms)
        if not names:
            return []
        positions = _positions(cart)
        own = {name: {"terms": self.terms[name]} for name in names}
        found = self._ask("quote", names, cart, lambda value: answers.adjustments(value, positions), own, lane=lane)
        return [Proposal(a.plugin, item) for a in found if a.value for item in answers.adjustments(a.value, positions)]

    def problems(self, cart: Cart) -> list[Problem]:
        """What keeps the priced cart from being ordered."""
        positions = _positions(cart)
        own = {name: {"terms": terms} for name, terms in self.terms.items()}
        names = self.market.speaking("cart_problems")
        found = self._ask("cart_problems", names, cart, lambda value: answers.problems(value, positions), own, terms=None)
        return [problem for answer in found for problem in answer.value or ()]

    def check_ledger(self, start: Cart, priced: Priced) -> None:
        """Price what plugins proposed a second time, from the ledger alone; a difference makes nobody's price final."""
        if self.terms and not ledger_holds(start, priced):
            self.failed |= self.terms.keys()

    def _ask(
        self, hook: str, names: PluginSet, cart: Cart, check: Check, own: Own = NOTHING_OWN, **more: Any
    ) -> list[Answer]:
        """Good answers of `names`; those who failed are noted, and not asked again."""
        names = self.market.bus.implementing(names - self.failed, hook)
        if not names:
            return []

        def ask(some: PluginSet) -> list[Answer]:
            return self.market.bus.read(some, hook, check=check, own=own, ctx=self.context, cart=cart, **more)

        self._seal.put(cart)
        found = ask(names)
        if not self._seal.is_intact():
            self._seal.mend()
            found = self._ask_alone(hook, names, ask)
        self.failed |= {answer.plugin for answer in found if answer.error is not None}
        return [answer for answer in found if answer.error is None]

    def _ask_alone(self, hook: str, names: PluginSet, ask: Callable[[PluginSet], list[Answer]]) -> list[Answer]:
        """Ask again, one plugin after the other: who changes the cart has failed; if nobody does it twice, all have."""
        found = []
        for name in sorted(names):
            answer = ask(frozenset({name}))
            intact = self._seal.is_intact()
            self._seal.mend()
            found += answer if intact else [_guilty(hook, name)]
        if all(answer.error is None for answer in found):
            return [_guilty(hook, answer.plugin) for answer in found]
        return found


def _guilty(hook: str, name: str) -> Answer:
    error = CartChanged(f"{hook} changed the cart")
    failures.report(name, f"hook:{hook}", error)
    return Answer(name, None, error)


def _positions(cart: Cart) -> frozenset[int]:
    return frozenset([line.position for line in cart.lines])
