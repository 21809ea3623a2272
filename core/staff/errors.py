from __future__ import annotations

from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class WrongCredentials(Unauthenticated):
    """Unknown phone, wrong password, or an account that was switched off: the answer never tells which."""

    code = "wrong_credentials"
    message = "手机号或密码不正确"


class AccountLocked(TooMany):
    """Too many wrong passwords; `locked_until` says when to try again."""

    code = "account_locked"
    message = "密码错误次数过多，请稍后再试"


class SessionExpired(Unauthenticated):
    code = "session_expired"
    message = "登录已过期，请重新登录"


class PermissionMissing(Forbidden):
    """`permission` names what the role lacks."""

    code = "permission_missing"


class OtherStore(Forbidden):
    """A staff member limited to stores touched another one."""

    code = "other_store"
    message = "您没有这家门店的权限"


class StaffNotFound(NotFound):
    code = "staff_not_found"
    message = "没有找到这位员工"


class PhoneTaken(Conflict):
    code = "phone_taken"
    message = "这个手机号已有员工账号"


class LastOwner(Conflict):
    """The shop would be left without anybody who may manage its staff."""

    code = "last_owner"
    message = "店铺至少要有一位可登录的店主"


class UnknownStores(Invalid):
    code = "store_not_found"
    message = "没有找到所选的门店"
