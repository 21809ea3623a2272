"""What the product refuses: each error has a stable code, an HTTP status and a sentence for the person who reads it."""

from __future__ import annotations

from typing import Any


class AppError(Exception):
    """Base of every refusal that a client may see.

    `code` is stable and documented; `message` is Chinese, says what was wrong, with which value, and what to do;
    `field` names the input (dotted path) where there is one; `extra` carries numbers a client can act on.
    """

    code = "error"
    status = 400
    message = "请求无法处理"

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        status: int | None = None,
        field: str | None = None,
        **extra: Any,
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.status = status or self.status
        self.field = field
        self.extra = extra
        super().__init__(self.message)


class Invalid(AppError):
    """The request is well formed but a value can't be taken (422)."""

    code = "invalid"
    status = 422
    message = "提交的内容有误"


class Unauthenticated(AppError):
    code = "unauthenticated"
    status = 401
    message = "请先登录"


class Forbidden(AppError):
    code = "forbidden"
    status = 403
    message = "没有权限进行此操作"


class NotFound(AppError):
    """Also what a foreign tenant's id looks like: the difference is never told."""

    code = "not_found"
    status = 404
    message = "没有找到"


class Conflict(AppError):
    code = "conflict"
    status = 409
    message = "当前状态不允许此操作"


class TooLarge(AppError):
    code = "too_large"
    status = 413
    message = "提交的内容过大"


class TooMany(AppError):
    code = "too_many_requests"
    status = 429
    message = "操作过于频繁，请稍后再试"
