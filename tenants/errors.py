"""What tenancy refuses, and the shape of every refusal: stable code, HTTP status, Chinese sentence, field."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """What a client may see of a refusal; the shop's `core.errors.AppError` is one too.

    `code` is stable and documented; `message` is Chinese, says what was wrong, with which value, and what to do;
    `field` names the input (dotted path) where there is one; `extra` carries figures a client can act on.
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


class TenantError(Refusal):
    """Base of every refusal of this package."""

    code = "tenant_error"
    message = "租户请求无法处理"


class NoTenantBound(TenantError):
    """Tenant data was touched outside `tenants.context.bind`: a mistake of ours, never of the client."""

    code = "no_tenant_bound"
    status = 500
    message = "未绑定租户，不能访问租户数据"


class TenantMismatch(TenantError):
    """A session, connection or job of one tenant was carried into another."""

    code = "tenant_mismatch"
    status = 500
    message = "会话属于另一个租户，已拒绝"


class BadTenantKey(TenantError):
    """A schema key that is not 1 to 26 characters of 0-9a-z; it never reaches SQL."""

    code = "bad_tenant_key"
    status = 500
    message = "租户标识不合法"


class SessionLent(TenantError):
    """Code that works inside somebody else's transaction tried to end it."""

    code = "session_lent"
    status = 500
    message = "事务属于调用方，不能在这里提交或回滚"


class StatementRefused(TenantError):
    """Application code may read and write rows; settings, privileges and schemas are not its business."""

    code = "statement_refused"
    status = 500
    message = "应用代码不允许执行此类语句"


class AutocommitRefused(TenantError):
    """Without a transaction `SET LOCAL` has no effect, so a tenant's connection never runs in autocommit."""

    code = "autocommit_refused"
    status = 500
    message = "租户连接不允许使用自动提交"


class PostgresTooOld(TenantError):
    """The server is older than PostgreSQL 17."""

    code = "postgres_too_old"
    status = 500
    message = "需要 PostgreSQL 17 或更高版本"


class UnknownTenant(TenantError):
    code = "unknown_tenant"
    status = 404
    message = "没有找到这家商户"


class TenantSuspended(TenantError):
    """Known, but not served for now."""

    code = "tenant_suspended"
    status = 503
    message = "该商户已暂停服务"


class TenantMoving(TenantSuspended):
    """Being copied to another place: come back in a moment."""

    code = "tenant_moving"
    message = "该商户正在迁移，请稍后再试"


class TenantClosed(TenantError):
    code = "tenant_closed"
    status = 410
    message = "该商户已关闭"


class TenantStateConflict(TenantError):
    """The tenant is not in a state from which the wanted change leads on."""

    code = "tenant_state_conflict"
    status = 409
    message = "租户当前状态不允许此操作"


class NameTaken(TenantError):
    """A slug, host, appid or token is in use already."""

    code = "name_taken"
    status = 409
    message = "该名称已被使用"


class SignupInvalid(TenantError):
    """Input for sign-up that can't be taken; `extra["errors"]` maps fields to sentences."""

    code = "signup_invalid"
    status = 422
    message = "注册信息有误"


class HistoryError(TenantError):
    """A migration history is broken: two heads, a missing rendered step, a file out of date."""

    code = "history_error"
    status = 500
    message = "迁移历史有误"


class MigrationTrespass(TenantError):
    """A plugin's migration breaks the rules or changes what is not the plugin's; nothing of it was kept."""

    code = "migration_trespass"
    status = 500
    message = "插件的迁移脚本不合规"


class SwitchBusy(TenantError):
    """Somebody else is switching plugins of the same shop."""

    code = "switch_busy"
    status = 409
    message = "正在切换另一个插件，请稍后再试"


class MigrationRunning(TenantError):
    code = "migration_running"
    status = 409
    message = "另一个迁移正在进行"


class ExportBroken(TenantError):
    """An export can't be written or read back completely; nothing of it was kept."""

    code = "export_broken"
    status = 422
    message = "导出文件无法使用"
