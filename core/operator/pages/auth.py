"""Which operator acts. The cookie is of a kind of its own: no shop's login opens these pages, and none of theirs a shop."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import g

from core.errors import Unauthenticated
from core.operator.domain import OperatorFacts
from core.operator.service import find_session
from core.web.pages import cookie

F = TypeVar("F", bound=Callable[..., Any])

OPERATOR, HALF = "op", "op-code"
"""Cookies: who is logged in; who has still to give the code of the second factor."""


def operates(view: F) -> F:
    """The view needs a logged-in operator: 401, which leads to the login, otherwise."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        token = cookie(OPERATOR)
        if not token:
            raise Unauthenticated
        g.operator = find_session(token)
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]


def current_operator() -> OperatorFacts:
    """The operator of this request; raises Unauthenticated outside `operates`."""
    facts = g.get("operator")
    if facts is None:
        raise Unauthenticated
    return facts
