from __future__ import annotations

from core.errors import AppError, Invalid


class BadBulk(Invalid):
    """The call as a whole can't be taken; a single bad sale never raises this."""

    code = "bad_bulk"


class NotJson(AppError):
    code = "bad_request"
    message = "请求内容不是有效的 JSON"


class WrongMediaType(AppError):
    code = "unsupported_media_type"
    status = 415
    message = "请以 application/json 提交"


class SaleFault(Exception):
    """Why one sale was not taken: `code` is stable, `field` the dotted path inside the sale."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        self.code = code
        self.message = message
        self.field = field
        super().__init__(f"{field}: {message}")
