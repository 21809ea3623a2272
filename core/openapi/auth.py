"""What a caller of the open API may do: the scopes of its key."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import g

from core.errors import Unauthenticated
from core.openkeys.domain import KeyFacts, check_scope_name
from core.openkeys.service import find_key
from core.orders.service import Actor
from core.web.tokens import API_KEY, required
from tenants.context import current

F = TypeVar("F", bound=Callable[..., Any])

COMMON = (400, 401, 403, 413, 422)
"""The refusals that any view may answer: bad JSON, no key, no scope or closed shop, too large, bad values."""


def scope(name: str) -> Callable[[F], F]:
    """The view needs a key with this scope (`orders:write`, see core/openkeys/domain.py); 401 and 403 otherwise.

    Put it above `@blp.arguments`.
    """
    check_scope_name(name)

    def decorate(view: F) -> F:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            key = g.api_key = find_key(required(API_KEY, current().key))
            key.check(name)
            return view(*args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate


def current_key() -> KeyFacts:
    """The key of this request; raises Unauthenticated outside `scope`."""
    facts = g.get("api_key")
    if facts is None:
        raise Unauthenticated
    return facts


def actor() -> Actor:
    """The key's owner (a till, an ERP system) as the actor of an order's move."""
    return Actor("till", current_key().id)
