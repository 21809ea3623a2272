"""Routes of a plugin: blueprints for the storefront and the console, who may call them, and the fields they take.

A storefront blueprint appears under `/store/api/v1/plugins/<name>/`, a console one under
`/console/api/v1/plugins/<name>/`; both answer 404 to tenants that have the plugin off. Views of `core.plugin.pages` use
`requires`, `current_staff`, `context` and `audit` just the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from flask import g
from flask_smorest import Blueprint as SmorestBlueprint

from core.clock import now
from core.plugin.context import Context
from core.plugin.ports import StaffFacts, shop
from core.web.api import problems_documented
from core.web.fields import Fen, IdField, Moment, Quantity
from core.web.paging import MAX_LIMIT, encode_cursor, integer
from core.web.paths import with_paths
from core.web.text import Text
from tenants.context import current

__all__ = [
    "COMMON",
    "MAX_LIMIT",
    "Blueprint",
    "Fen",
    "IdField",
    "Moment",
    "Quantity",
    "Text",
    "audit",
    "buyer_required",
    "context",
    "current_buyer",
    "current_staff",
    "encode_cursor",
    "integer",
    "problems_documented",
    "requires",
]

F = TypeVar("F", bound=Callable[..., Any])

COMMON = (400, 401, 403, 404, 413, 422)
"""What any guarded view may refuse: bad JSON, no login, no permission, unknown thing, too large, bad values."""


def Blueprint(name: str, import_name: str) -> SmorestBlueprint:  # noqa: N802 - stands where a class is expected
    """A flask-smorest blueprint whose routes may use `<id:…>`; `name` is `<plugin>_store` or `<plugin>_console`."""
    return with_paths(SmorestBlueprint(name, import_name))


def buyer_required(view: F) -> F:
    """The view needs a logged-in shopper (401 otherwise). Put it above `@blp.arguments`."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.plugin_buyer = shop().guard.buyer()
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]


def current_buyer() -> int:
    """The id of the shopper of this request."""
    return g.plugin_buyer


def requires(permission: str, store: str | None = None) -> Callable[[F], F]:
    """The console view needs staff with `permission`, one of the manifest's; every console view says so.

    `store` names the path argument with the store's id: staff limited to other stores get 403.
    """

    def decorate(view: F) -> F:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.plugin_staff = shop().guard.staff(permission, None if store is None else int(kwargs[store]))
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def current_staff() -> StaffFacts:
    """The staff member of this request, inside `requires`."""
    return g.plugin_staff


def context(store_id: int | None = None) -> Context:
    """The context of this request."""
    staff = g.get("plugin_staff")
    return Context(
        current().key, now(), buyer_id=g.get("plugin_buyer"), staff_id=staff and staff.id, store_id=store_id
    )


def audit(action: str, target: str, **detail: Any) -> None:
    """Note in the current transaction that the staff member did `action` (`points.adjust`) to `target` (`buyer:12`)."""
    fields: Mapping[str, Any] = detail
    shop().guard.audit(action, target, fields)
