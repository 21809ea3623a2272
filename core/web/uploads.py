"""How much a request may carry where it is more than usual."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, request

F = TypeVar("F", bound=Callable[..., Any])

MB = 1024 * 1024


def body_limit(size: int) -> Callable[[F], F]:
    """Take bodies of up to `size` bytes; larger ones are refused with 413, most of them unread.

    Put it above `@blp.arguments`. Files of a form go to a temporary file while they arrive.
    """

    def decorate(view: F) -> F:
        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            request.max_content_length = size
            return view(*args, **kwargs)

        return limited  # type: ignore[return-value]

    return decorate


def form_limits(bp: Blueprint, **sizes: int) -> None:
    """Let the forms of these views (by name) carry so many bytes.

    For pages: their forms are read before the view is called, when the number against forged forms is checked.
    """
    known = {f"{bp.name}.{view}": size for view, size in sizes.items()}

    @bp.url_value_preprocessor
    def allow(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if endpoint in known:
            request.max_content_length = known[endpoint]
