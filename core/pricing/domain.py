"""The price engine: walks the lanes, lets proposals compete, clamps, splits, and writes every step down.

Pure. The steps it returns are the order's price ledger: list price first, one step per winner, manual adjustments of
staff, shipping last (domain-rules §3). Invariants: Σ allocation = step amount, no negative line,
payable = Σ line amounts + shipping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from core.money import allocate
from core.plugin.pricing import Adjustment, Cart, CartLine, Lane

GOODS_LANES = (Lane.UNIT_PRICE, Lane.PROMOTION, Lane.COUPON, Lane.CREDIT)


class Proposal(NamedTuple):
    source: str
    adjustment: Adjustment


Proposer = Callable[[Cart, Lane], Iterable[Proposal]]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the ledger; `amount_fen` is signed, `allocation` follows the cart's line order."""

    lane: str
    source: str
    rule: str
    amount_fen: int
    allocation: tuple[int, ...]
    reason: str
    rule_version: str = ""
    bearer: str = "shop"


@dataclass(frozen=True, slots=True)
class Priced:
    """A cart at its final prices with the ledger that led there."""

    cart: Cart
    steps: tuple[Step, ...]
    shipping_fen: int

    @property
    def goods_fen(self) -> int:
        return self.cart.goods_fen

    @property
    def payable_fen(self) -> int:
        return self.cart.goods_fen + self.shipping_fen


def price(cart: Cart, propose: Proposer, shipping: Callable[[Cart], int]) -> Priced:
    """Price `cart`. `shipping(cart)` gives the fee in fen once the goods are priced (its base: goods before coupon)."""
    steps = [list_step(cart)]
    for lane in GOODS_LANES:
        if lane is Lane.PROMOTION:
            cart = replace(cart, lines=tuple([_with_base(line) for line in cart.lines]))
        if lane is Lane.COUPON:
            cart = replace(cart, shipping_fen=shipping(cart))
        cart, taken = _walk(cart, lane, propose(cart, lane))
        steps += taken
    shipping_steps = _shipping_steps(cart, propose(cart, Lane.SHIPPING))
    return Priced(cart, tuple(steps + shipping_steps), sum(step.amount_fen for step in shipping_steps))


_BUT_BASE = attrgetter(*[name for name in CartLine.__dataclass_fields__ if name != "base_fen"])


def _with_base(line: CartLine) -> CartLine:
    """The line with `base_fen` as it stands now; every quote does it to every line, and `replace` is slow."""
    return CartLine(*_BUT_BASE(line), base_fen=line.amount_fen)


def ledger_holds(start: Cart, priced: Priced) -> bool:
    """Whether the steps alone lead from the list prices of `start` to what `priced` says, line by line."""
    goods = [step for step in priced.steps if step.lane != Lane.SHIPPING]
    amounts = [sum(column) for column in zip(*(step.allocation for step in goods), strict=True)]
    shipping = sum(step.amount_fen for step in priced.steps if step.lane == Lane.SHIPPING)
    return (
        goods[0].allocation == tuple(line.list_fen for line in start.lines)
        and amounts == [line.amount_fen for line in priced.cart.lines]
        and min(amounts, default=0) >= 0
        and all(sum(step.allocation) == step.amount_fen for step in goods)
        and shipping == priced.shipping_fen >= 0
    )


def list_step(cart: Cart) -> Step:
    """The first step of every ledger: list price × quantity."""
    amounts = tuple(line.list_fen for line in cart.lines)
    return Step("list", "core", "list_price", sum(amounts), amounts, "商品原价")


def _walk(cart: Cart, lane: Lane, proposals: Iterable[Proposal]) -> tuple[Cart, list[Step]]:
    proposals = list(proposals)
    if not proposals:
        return cart, []
    if lane is Lane.UNIT_PRICE:
        return _unit_price(cart, proposals)
    steps = []
    for winner in _winners(cart, lane, proposals):
        shares = _discounts(cart, lane, winner.adjustment)
        if any(shares) or winner.adjustment.gives:
            cart = _apply(cart, lane, shares, winner.adjustment.closes)
            steps.append(_step(lane, winner, shares))
    return cart, steps


def _unit_price(cart: Cart, proposals: Sequence[Proposal]) -> tuple[Cart, list[Step]]:
    """One winner per line: the lowest price, ties by plugin name, then rule."""
    offered = [(p, _discounts(cart, Lane.UNIT_PRICE, p.adjustment)) for p in proposals]
    won: dict[int, list[int]] = {}
    for index in range(len(cart.lines)):
        best = min(
            range(len(offered)),
            key=lambda i, n=index: (-offered[i][1][n], offered[i][0].source, offered[i][0].adjustment.rule),
        )
        if offered[best][1][index]:
            won.setdefault(best, [0] * len(cart.lines))[index] = offered[best][1][index]
    steps = []
    for best in sorted(won, key=lambda i: (offered[i][0].source, offered[i][0].adjustment.rule)):
        cart = _apply(cart, Lane.UNIT_PRICE, won[best], offered[best][0].adjustment.closes)
        steps.append(_step(Lane.UNIT_PRICE, offered[best][0], won[best]))
    return cart, steps


def _winners(cart: Cart, lane: Lane, proposals: Sequence[Proposal]) -> list[Proposal]:
    """The best proposal of each group (largest discount, ties by name), groups in the order of their winners' names."""
    groups: dict[str, list[Proposal]] = {}
    for number, proposal in enumerate(proposals):
        groups.setdefault(proposal.adjustment.group or f"#{number}", []).append(proposal)

    def rank(proposal: Proposal) -> tuple[int, str, str]:
        return (-sum(_discounts(cart, lane, proposal.adjustment)), *_name(proposal))

    return sorted((p[0] if len(p) == 1 else min(p, key=rank) for p in groups.values()), key=_name)


def _name(proposal: Proposal) -> tuple[str, str]:
    return proposal.source, proposal.adjustment.rule


def _discounts(cart: Cart, lane: Lane, adjustment: Adjustment) -> list[int]:
    """Fen off each line of the cart: never below zero, never more than the line costs, nothing on closed lines."""
    usable = [lane not in line.closed_lanes for line in cart.lines]
    if adjustment.per_line:
        return [
            min(max(adjustment.per_line.get(line.position, 0), 0), line.amount_fen) if ok else 0
            for line, ok in zip(cart.lines, usable, strict=True)
        ]
    weights = [_weight(line, adjustment) if ok else 0 for line, ok in zip(cart.lines, usable, strict=True)]
    return allocate(min(max(adjustment.discount_fen, 0), sum(weights)), weights)


def _weight(line: CartLine, adjustment: Adjustment) -> int:
    chosen = not adjustment.positions or line.position in adjustment.positions
    return line.amount_fen if chosen else 0


def _apply(cart: Cart, lane: Lane, discounts: Sequence[int], closes: frozenset[Lane]) -> Cart:
    lines = [_cut(line, lane, off, closes) if off else line for line, off in zip(cart.lines, discounts, strict=True)]
    return replace(cart, lines=tuple(lines))


def _cut(line: CartLine, lane: Lane, off: int, closes: frozenset[Lane]) -> CartLine:
    cuts = MappingProxyType({**line.cuts, lane: line.cuts.get(lane, 0) + off})
    return CartLine(
        line.position, line.sku_id, line.product_id, line.quantity, line.list_price_fen, line.list_fen,
        line.amount_fen - off, line.category_id, line.member_price_fen, line.closed_lanes | closes, cuts, line.base_fen,
    )  # fmt: skip


def _step(lane: Lane, proposal: Proposal, discounts: Sequence[int]) -> Step:
    adjustment = proposal.adjustment
    return Step(
        lane.value,
        proposal.source,
        adjustment.rule,
        -sum(discounts),
        tuple(-off for off in discounts),
        adjustment.reason,
        adjustment.rule_version,
        adjustment.bearer,
    )


def _shipping_steps(cart: Cart, proposals: Iterable[Proposal]) -> list[Step]:
    """The fee, then what the SHIPPING lane takes off it (groups compete as elsewhere)."""
    if not cart.shipping_fen:
        return []
    steps = [Step("shipping", "core", "delivery_fee", cart.shipping_fen, (), "配送费")]
    left = cart.shipping_fen
    best: dict[str, Proposal] = {}
    for proposal in sorted(proposals, key=lambda p: (-p.adjustment.discount_fen, p.source, p.adjustment.rule)):
        best.setdefault(proposal.adjustment.group or f"{proposal.source}.{proposal.adjustment.rule}", proposal)
    for source, adjustment in sorted(best.values(), key=lambda p: (p.source, p.adjustment.rule)):
        off = min(max(adjustment.discount_fen, 0), left)
        left -= off
        if off:
            steps.append(
                Step("shipping", source, adjustment.rule, -off, (), adjustment.reason, adjustment.rule_version,
                     adjustment.bearer)
            )
    return steps
