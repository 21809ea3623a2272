"""What the steps of the price ledger mean, as SQL conditions on `order_price_step p`: one place for every report."""

from __future__ import annotations

BEARERS = {"shop": "商家承担", "supplier": "供应商承担", "platform": "平台承担"}

CORRECTION = "p.rule = 'manual.price'"
"""Staff said that the list price was another."""
MEMBER = "p.lane = 'unit_price' OR p.rule IN ('manual.member', 'pos.member')"
COUPON = "p.lane = 'coupon' OR p.rule IN ('manual.coupon', 'pos.coupon')"
DISCOUNT = f"NOT (p.lane = 'list' OR (p.lane = 'shipping' AND p.source = 'core') OR {CORRECTION})"
"""Everything that makes an order cheaper, the delivery fee included: what a rule costs whoever bears it."""

MEMBER_FEN = f"-sum(p.amount_fen) FILTER (WHERE {MEMBER})"
COUPON_FEN = f"-sum(p.amount_fen) FILTER (WHERE p.bearer = 'supplier' AND ({COUPON}))"
COUPON_MATCH_FEN = f"-sum(p.amount_fen) FILTER (WHERE p.bearer = 'shop' AND ({COUPON}))"
CORRECTION_FEN = f"sum(p.amount_fen) FILTER (WHERE {CORRECTION})"


def borne_fen(bearer: str) -> str:
    """SQL for what `bearer` (a key of BEARERS) pays of all discounts, positive fen."""
    return f"-sum(p.amount_fen) FILTER (WHERE p.bearer = '{bearer}' AND {DISCOUNT})"
