"""Views whose answers are kept as bytes: a kept one is given before anything is parsed or asked of PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from flask import Response, g, request

from core.catalog import cache
from core.catalog.browse import Path, category_paths
from core.catalog.views import trail
from core.web.reply import encode

F = TypeVar("F", bound=Callable[..., Any])

CACHE_CONTROL = "public, no-cache"
"""Clients may keep an answer but ask every time whether it still holds; unchanged ones cost a 304."""

OWN = "private, no-cache"
"""The same for answers that may hold what is one shopper's (`g.catalog_private`)."""

_MAX_EXACT = 500
_BUYER = "Bearer bt_"


Dress = Callable[[cache.Answer], cache.Answer]
"""Makes what leaves out of a kept answer; what it adds is never kept."""


def from_cache(content_type: str = "application/json", dress: Dress = lambda answer: answer) -> Callable[[F], F]:
    """Give the kept answer to exactly this path and query, or let the view make one (by `keep`).

    Put it right below `@blp.route`. The answer must be the same for everybody. `dress` adds what may not be kept.
    """

    def decorate(view: F) -> F:
        @wraps(view)
        def served(*args: Any, **kwargs: Any) -> Any:
            version = cache.version()
            kept = cache.recall(version, _exact()) if version else None
            if kept is not None:
                return respond(dress(kept), content_type)
            g.catalog_version, g.catalog_type, g.catalog_dress = version, content_type, dress
            return view(*args, **kwargs)

        return served  # type: ignore[return-value]

    return decorate


def keep(query: Mapping[str, Any], make: Callable[[], Any]) -> Response:
    """Answer with the kept bytes for `query` (the request in one spelling) or with what `make` returns."""
    spelling = f"{request.endpoint} {encode({name: query[name] for name in sorted(query)}).decode()}"
    answer = cache.answer(g.catalog_version, _exact(), spelling, lambda: _bytes(make()))
    return respond(g.catalog_dress(answer), g.catalog_type)


def known_paths() -> dict[int, Path]:
    """The paths of the shop's categories, read once per version of the catalog."""
    return cache.remember(g.catalog_version, "paths", category_paths)


def respond(answer: cache.Answer, content_type: str) -> Response:
    """200 with the body, or 304 where the client has it."""
    headers = {"ETag": answer.etag, "Cache-Control": OWN if g.get("catalog_private") else CACHE_CONTROL}
    known = request.environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and (answer.etag in known or known == "*"):
        return Response(None, 304, headers)
    return Response(answer.body, 200, headers, content_type=content_type)


def look_counts(view: F) -> F:
    """Count a look at the product of a good answer, and remember it for a shopper who sent a token."""

    @wraps(view)
    def counted(product_id: int, **kwargs: Any) -> Any:
        answer = view(product_id=product_id, **kwargs)
        header = request.environ.get("HTTP_AUTHORIZATION", "")
        fingerprint = hashlib.sha256(header[7:].encode()).hexdigest() if header.startswith(_BUYER) else ""
        trail.note(product_id, fingerprint)
        return answer

    return counted  # type: ignore[return-value]


def _bytes(made: Any) -> bytes:
    return made if isinstance(made, bytes) else encode(made)


def _exact() -> str:
    """Path and query as they came in; very long ones are kept under their hash."""
    exact = f"{request.path}?{request.environ.get('QUERY_STRING', '')}"
    return exact if len(exact) <= _MAX_EXACT else hashlib.sha256(exact.encode()).hexdigest()
