"""What a shopper is to the rest of the shop, and the limits around one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

SESSION_LIFE = timedelta(days=30)
SLIDE_AFTER = timedelta(days=1)
"""A session's end moves at most once a day, so that reading costs no write."""

MAX_ADDRESSES = 20
MAX_CART_LINES = 200
PRIVACY = "privacy"
"""The document that consent is about."""


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """The shopper behind a request: a member (会员) has a member number; `openid` belongs to `appid`."""

    id: int
    member: bool
    openid: str
    appid: str
    phone: str | None
    session_id: int


def member_number(buyer_id: int) -> str:
    """The member number of a buyer who registers online; imported ones keep the shop's own."""
    return f"M{buyer_id:09d}"
