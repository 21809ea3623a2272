from __future__ import annotations

from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class WrongLogin(Unauthenticated):
    """Unknown login, wrong password, wrong code, or an account that was switched off: the answer never tells which."""

    code = "wrong_credentials"
    message = "账号、密码或动态验证码不正确"


class LoginLocked(TooMany):
    """Too many wrong attempts; `locked_until` says when to try again."""

    code = "account_locked"
    message = "错误次数过多，请稍后再试"


class OperatorSessionExpired(Unauthenticated):
    code = "session_expired"
    message = "登录已过期，请重新登录"


class OperatorNotFound(NotFound):
    code = "operator_not_found"
    message = "没有找到这个运营账号"


class LoginTaken(Conflict):
    code = "login_taken"
    message = "这个登录名已被使用"


class OperatorInvalid(Invalid):
    code = "operator_invalid"


class WrongCode(Invalid):
    code = "wrong_code"
    message = "动态验证码不正确，请核对手机时间后重试"


class WrongPassword(Invalid):
    code = "wrong_password"
    message = "原密码不正确"


class OwnAccount(Conflict):
    """Nobody switches off, or takes the second factor from, the account under which they work."""

    code = "own_account"
    message = "不能对自己的账号进行此操作，请由另一位运营人员来做"


class ReasonMissing(Invalid):
    code = "reason_missing"
    message = "请写明原因，至少 5 个字"


class JobNotFound(NotFound):
    code = "job_not_found"
    message = "没有找到这个失败的任务，可能已被处理"


class TicketInvalid(Forbidden):
    """Unknown, used, older than a minute, or of another shop: the answer never tells which."""

    code = "ticket_invalid"
    message = "进店凭证无效或已过期，请从平台重新进入"


class ShopNotOpen(Conflict):
    """Only a shop that is served can be entered."""

    code = "shop_not_open"
    message = "店铺未在营业，不能进入"
