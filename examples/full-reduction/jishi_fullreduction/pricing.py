"""From rules to proposals for the lanes PROMOTION and SHIPPING. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from core.plugin import Adjustment, Cart, Lane

from .domain import Reached, Rule, reached
from .wording import gift_text, label

COUPONS = frozenset({Lane.COUPON})


def propose(rules: tuple[Rule, ...], cart: Cart, lane: Lane) -> list[Adjustment]:
    """What the rules propose for `lane`; thresholds count what goods cost after member and activity prices."""
    if lane is Lane.PROMOTION:
        return [_goods(found) for found in reached(rules, cart.lines) if found.level.touches_goods]
    if lane is Lane.SHIPPING and cart.shipping_fen:
        return list(_shipping(rules, cart))
    return []


def _goods(found: Reached) -> Adjustment:
    rule, level = found.rule, found.level
    return Adjustment(
        rule=reference(found),
        reason=label(rule, level),
        discount_fen=found.off_fen,
        positions=found.positions,
        rule_version=str(rule.version),
        closes=frozenset() if rule.with_coupons else COUPONS,
        gives=gift_text(level),
    )


def _shipping(rules: tuple[Rule, ...], cart: Cart) -> Iterator[Adjustment]:
    for found in reached(rules, cart.lines):
        if found.level.free_shipping:
            yield Adjustment(
                rule=reference(found),
                reason=label(found.rule, found.level),
                discount_fen=cart.shipping_fen,
                group="free-shipping",
                rule_version=str(found.rule.version),
            )


def reference(found: Reached) -> str:
    """How a step of the price ledger names rule, level and how often it applied: `12@6000x1`."""
    return f"{found.rule.id}@{found.level.at}x{found.times}"


def dereference(rule: str) -> tuple[int, int, int]:
    """(rule id, level, times) of such a name."""
    rule_id, _, rest = rule.partition("@")
    at, _, times = rest.partition("x")
    return int(rule_id), int(at), int(times)
