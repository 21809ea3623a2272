"""What the product refuses: each error has a stable code, an HTTP status and a sentence for the person who reads it."""

from __future__ import annotations

from tenants.errors import Refusal


class AppError(Refusal):
    """Base of every refusal of the shop; its shape stands in `tenants.errors`."""


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
