"""How much a request may carry where it is more than usual."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import request

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
