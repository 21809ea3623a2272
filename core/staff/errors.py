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


class SecondFactorRequired(Unauthenticated):
    """The password was right; `pending` together with a code opens the session until `expires_at`."""

    code = "second_factor_required"
    message = "请输入动态验证码完成登录"


class PendingLoginGone(Unauthenticated):
    """Too late, used before, or the password has changed since: log in anew."""

    code = "pending_login_gone"
    message = "登录已超时，请重新输入密码"


class WrongCode(Unauthenticated):
    """Neither a code of the app that was not used yet nor a recovery code that is left."""

    code = "wrong_code"
    message = "验证码不正确或已使用过"


class TwoFactorOn(Conflict):
    code = "two_factor_on"
    message = "两步验证已经开启"


class TwoFactorOff(Conflict):
    code = "two_factor_off"
    message = "两步验证没有开启"


class EnrolmentMissing(Conflict):
    """A code came before the secret was shown, or after somebody else finished."""

    code = "enrolment_missing"
    message = "请先扫描二维码绑定验证器"


class SessionNotFound(NotFound):
    code = "session_not_found"
    message = "没有找到这个登录，可能已经退出"


class NotLocked(Conflict):
    code = "not_locked"
    message = "账号没有被锁定"


class PasswordLinkGone(NotFound):
    """Wrong, used, too old, or the account has changed since: the answer never tells which."""

    code = "password_link_gone"
    message = "重设密码的链接无效或已过期，请联系店主重新发送"


class NoPasswordLink(Conflict):
    """There is none to withdraw: used, withdrawn or too old."""

    code = "no_password_link"
    message = "链接已经失效，不用再撤回"


class InvitationGone(NotFound):
    """Unknown, used, withdrawn or too old: the answer never tells which."""

    code = "invitation_gone"
    message = "邀请链接无效或已过期，请联系店主重新邀请"


class InvitationNotFound(NotFound):
    code = "invitation_not_found"
    message = "没有找到待接受的邀请"


class AlreadyInvited(Conflict):
    """An invitation for this phone is open: send it again or withdraw it."""

    code = "already_invited"
    message = "这个手机号已有未接受的邀请，可以重新发送或撤回"


class AboveOwnRole(Forbidden):
    """The other person's role, or the one to be given, stands above one's own."""

    code = "above_own_role"
    message = "不能管理或授予高于自己的角色"


class NotOwnToGive(Forbidden):
    """Somebody would get, or could take over, what the one who acts doesn't have; `permissions` names it."""

    code = "not_own_to_give"
    message = "不能授予自己没有的权限"


class UnknownPermission(Invalid):
    """`permissions` names what neither the core nor a working plugin asks for."""

    code = "unknown_permission"
    message = "没有这项权限"


class OwnerNotReduced(Invalid):
    code = "owner_not_reduced"
    message = "店主拥有全部权限，不能增减"
