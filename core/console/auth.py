"""Which staff member acts, whether the role allows it, and for which stores."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import g

from core.clock import now
from core.errors import Unauthenticated
from core.operator.presence import at_console
from core.orders.service import Actor
from core.plugin import Context
from core.staff.domain import StaffFacts, check_permission_name
from tenants.context import current

F = TypeVar("F", bound=Callable[..., Any])

COMMON = (400, 401, 403, 404, 413, 422)
"""The refusals that any view may answer: bad JSON, no login, no permission, unknown thing, too large, bad values."""


def requires(permission: str | None = None, store: str | None = None) -> Callable[[F], F]:
    """The view needs a staff member whose role has `permission` (None: any role); 401 and 403 otherwise.

    `store` names the path argument with the store's id: staff limited to other stores get 403. Where the store comes
    from elsewhere (a body, an order), the view asks `current_staff().check_store(store_id)`.
    Put it above `@blp.arguments`.
    """
    check_permission_name(permission)

    def decorate(view: F) -> F:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            staff = g.staff = at_console()
            staff.check_permission(permission)
            if store is not None:
                staff.check_store(int(kwargs[store]))
            return view(*args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate


def current_staff() -> StaffFacts:
    """The staff member of this request; raises Unauthenticated outside `requires`."""
    facts = g.get("staff")
    if facts is None:
        raise Unauthenticated
    return facts


def context(store_id: int | None = None) -> Context:
    """This request as plugins see it."""
    return Context(current().key, now(), staff_id=acting_id(), store_id=store_id)


def acting_id() -> int | None:
    """Who stands as the author of a row: support works for the shop but is none of its staff."""
    return current_staff().id or None


def actor() -> Actor:
    """Who works here as the actor of an order's move."""
    return Actor(getattr(current_staff(), "actor", "staff"), acting_id())
