from __future__ import annotations

from core.errors import AppError, Conflict, Invalid, NotFound


class PageNotFound(NotFound):
    code = "page_not_found"
    message = "没有找到这个页面"


class OperationNotFound(NotFound):
    code = "operation_not_found"
    message = "没有找到这项操作，可能活动已结束"


class KeyReused(Conflict):
    """The same idempotency key with another operation or other parameters."""

    code = "reference_reused"
    message = "同一个请求编号不能用于不同的内容"


class PluginFailed(AppError):
    """The plugin could not do it; nothing has changed. `plugin` names it."""

    code = "plugin_failed"
    status = 500
    message = "这个功能暂时不可用，请稍后再试"


class BadArrangement(Invalid):
    """`errors` lists field and message for every entry that can't be taken."""

    code = "bad_arrangement"
    message = "页面内容有误，请检查标出的项目"
