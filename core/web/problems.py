"""Every failure leaves as `application/problem+json` with a stable `code`; nobody outside sees a traceback."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException

from tenants.errors import Refusal

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

_HTTP_CODES = {
    400: ("bad_request", "请求格式有误"),
    401: ("unauthenticated", "请先登录"),
    403: ("forbidden", "没有权限进行此操作"),
    404: ("not_found", "没有找到"),
    405: ("method_not_allowed", "不支持的请求方法"),
    406: ("not_acceptable", "无法提供所要求的格式"),
    408: ("timeout", "请求超时"),
    411: ("length_required", "请求缺少长度"),
    413: ("too_large", "提交的内容过大"),
    415: ("unsupported_media_type", "请以 application/json 提交"),
    422: ("invalid", "提交的内容有误"),
    429: ("too_many_requests", "操作过于频繁，请稍后再试"),
}


def problem(status: int, code: str, detail: str, **extra: Any) -> Response:
    """A problem response; `extra` members (field, errors …) stand beside the standard ones."""
    body = {
        "type": f"/problems/{code}",
        "title": _HTTP_CODES.get(status, (code, detail))[1],
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": g.get("request_id", ""),
        **{key: value for key, value in extra.items() if value is not None},
    }
    return Response(orjson.dumps(body, default=str), status, content_type=MEDIA_TYPE)


def from_refusal(error: Refusal) -> Response:
    """Refusals of the shop and of tenancy alike."""
    return problem(error.status, error.code, error.message, field=error.field, **error.extra)


def from_http_exception(error: HTTPException) -> Response:
    """werkzeug's and webargs' refusals; validation messages become a flat list of field and message."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    code, detail = _HTTP_CODES.get(status, ("error", error.name))
    errors = flatten(getattr(error, "data", None) or {})
    response = problem(status, code, detail, errors=errors or None, field=errors[0]["field"] if errors else None)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def flatten(data: dict[str, Any]) -> list[dict[str, str]]:
    """webargs' `{"messages": {"json": {"lines": {"0": {"qty": ["…"]}}}}}` → `[{"field": "lines.0.qty", "message": "…"}]`."""
    found: list[dict[str, str]] = []

    def walk(node: Any, path: tuple[str, ...]) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                walk(child, (*path, str(key)))
        elif isinstance(node, list):
            found.extend({"field": ".".join(path), "message": str(message)} for message in node)

    for location in (data.get("messages") or {}).values():
        walk(location, ())
    return found


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected_error")
    return problem(500, "internal_error", "系统出了点问题，我们已经记录下来，请稍后再试")


def register(app: Flask) -> None:
    """Handlers for every kind of failure, in one place."""
    app.register_error_handler(Refusal, from_refusal)
    app.register_error_handler(HTTPException, from_http_exception)
    app.register_error_handler(Exception, _unexpected)
