"""Who is shopping: the bearer token of `POST /login`, checked with one statement."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import g

from core.buyers.domain import BuyerFacts
from core.buyers.service import find_session
from core.errors import Unauthenticated
from core.web.tokens import BUYER, required
from tenants.context import current

F = TypeVar("F", bound=Callable[..., Any])

COMMON = (400, 401, 403, 404, 413, 422)
"""What any view may refuse: bad JSON, no login, closed shop, unknown shop or thing, too large, bad values."""


def buyer_required(view: F) -> F:
    """The view needs a logged-in shopper; answers 401 without a good token (`unauthenticated`, `bad_token`,
    `session_expired`). Put it above `@blp.arguments`, so that nobody's input is looked at before who it is."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.buyer = find_session(required(BUYER, current().key))
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]


def current_buyer() -> BuyerFacts:
    """The shopper of this request; raises Unauthenticated outside `buyer_required`."""
    facts = g.get("buyer")
    if facts is None:
        raise Unauthenticated
    return facts
