"""Answers built by hand on hot paths: orjson, no schema dump."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


def json(body: Any, status: int = 200) -> Response:
    """`body` of JSON types, datetimes, Decimals (as strings) and dataclasses as a response."""
    return Response(encode(body), status, content_type="application/json")


def encode(body: Any) -> bytes:
    return orjson.dumps(body, default=str, option=_OPTIONS)
