"""Pages and assets leave packed: shops stand at the end of thin lines."""

from __future__ import annotations

import gzip

from flask import Response, request

_WORTH_IT = 1024
_TEXT = ("text/", "application/json", "application/javascript", "image/svg")


def wanted() -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


def packed(response: Response) -> Response:
    """The response, gzipped when that pays and the browser can open it."""
    if response.is_streamed or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    if not (response.mimetype or "").startswith(_TEXT) or not wanted():
        return response
    body = response.get_data()
    if len(body) < _WORTH_IT:
        return response
    response.set_data(gzip.compress(body, 5, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response
