"""Where the pictures of a product are found, and which ones it has."""

from __future__ import annotations

from datetime import datetime

from tenants.context import current


def picture_urls(digest: str, widths: str) -> dict[str, str]:
    """Addresses by the width they are meant for; `widths` is `wanted:actual` pairs, as stored (`160:160,480:300`)."""
    base = f"/media/{current().key}/{digest}-"
    pairs = (pair.split(":") for pair in widths.split(","))
    return {wanted: f"{base}{actual}.webp" for wanted, actual in pairs}


def stored_widths(files: dict[int, str]) -> str:
    """The column `widths` for what `core.media.pictures.save_picture` made."""
    return ",".join(f"{wanted}:{name.rpartition('-')[2].removesuffix('.webp')}" for wanted, name in files.items())


def placeholder_url(product_id: int, updated_at: datetime) -> str:
    """The drawing for a product without a picture; the address changes when the product does."""
    return f"/store/api/v1/products/{product_id}/placeholder.svg?v={int(updated_at.timestamp())}"
