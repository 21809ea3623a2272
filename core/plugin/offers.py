"""What a plugin says about products on list and detail pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ProductRef:
    """A product as `product_offers` is asked about it; `min_price_fen` is its cheapest SKU's list price."""

    product_id: int
    title: str
    category_id: int | None
    min_price_fen: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A hint at a price or a benefit: what is paid is decided by `quote` alone.

    `label` is a badge of a few characters (`秒杀价`, `赠 2 倍积分`); `price_fen` the price per unit it stands for, if
    it is one; `until` when it ends.
    """

    label: str
    price_fen: int | None = None
    until: datetime | None = None
