"""Finds the tenant of a request and binds it (architecture §4): by callback path, API key, host, or appid at login.

On the platform's own host a request of a shop says whose it is by its bearer token; a bare header never chooses.
"""

from __future__ import annotations

from contextlib import ExitStack

import structlog
from flask import Flask, g, request

from core.errors import AppError, Forbidden, NotFound, Unauthenticated
from core.services import services
from core.web.tokens import API_KEY, bearer, names_another_tenant
from tenants.context import TenantRef, bind

_SHOP_PREFIXES = ("/store/", "/console/", "/media/")
_CALLBACK_PREFIX = "/pay/wechat/"
_OPEN_PREFIX = "/open/"
_CONSOLE_PREFIX = "/console/"


class ShopClosed(AppError):
    """The tenant is suspended or gone; money that is on its way is still taken."""

    code = "shop_closed"
    status = 403
    message = "店铺已暂停服务"


class UnknownShop(NotFound):
    code = "unknown_shop"
    message = "没有找到这家店铺，请检查网址"


def find_tenant() -> TenantRef | None:
    """The tenant this request belongs to, None for the platform's own paths; raises UnknownShop, ShopClosed."""
    path = request.path
    if path.endswith("/openapi.json"):
        return None
    if path.startswith(_CALLBACK_PREFIX):
        token = path[len(_CALLBACK_PREFIX) :].partition("/")[0]
        return services().registry.by_callback_token(token) or _unknown()
    if path.startswith(_OPEN_PREFIX):
        return _open_for_business(_by_api_key())
    if path.startswith(_SHOP_PREFIXES):
        return _open_for_business(_as_it_stands(_by_host() or _by_token() or _by_appid() or _unknown()))
    return None


def _as_it_stands(ref: TenantRef) -> TenantRef:
    """In the console past the cache: who switches a plugin sees it at once, whichever process answers."""
    return services().registry.fresh(ref) if request.path.startswith(_CONSOLE_PREFIX) else ref


def _by_host() -> TenantRef | None:
    return services().registry.by_host(request.host)


def _by_token() -> TenantRef | None:
    token = bearer()
    return services().registry.by_key(token.tenant_key) if token else None


def _by_appid() -> TenantRef | None:
    """Only at login, where WeChat itself confirms that the code belongs to the appid."""
    if request.method != "POST" or request.path != "/store/api/v1/login":
        return None
    body = request.get_json(silent=True)
    appid = body.get("appid") if isinstance(body, dict) else None
    return services().registry.by_appid(appid) if isinstance(appid, str) else None


def _by_api_key() -> TenantRef:
    token = bearer()
    if token is None or token.kind != API_KEY:
        raise Unauthenticated("请在 Authorization 头中提供 API 密钥", code="api_key_required")
    ref = services().registry.by_key(token.tenant_key)
    if ref is None:
        raise Unauthenticated("API 密钥无效或已吊销", code="bad_api_key")
    return _by_host() or ref


def _open_for_business(ref: TenantRef) -> TenantRef:
    if ref.status != "active":
        raise ShopClosed
    return ref


def _unknown() -> TenantRef:
    raise UnknownShop


class ForeignToken(Forbidden):
    """A token of another shop: refused everywhere, also where no login is needed."""

    code = "foreign_token"
    message = "登录凭证属于另一家店铺"


def _enter() -> None:
    ref = find_tenant()
    if ref is None:
        return
    if names_another_tenant(ref.key):
        raise ForeignToken
    g.tenant_scope = ExitStack()
    g.tenant_scope.enter_context(bind(ref))
    structlog.contextvars.bind_contextvars(tenant=ref.key)


def _leave(error: BaseException | None) -> None:
    scope = g.pop("tenant_scope", None)
    if scope is not None:
        scope.close()


def register(app: Flask) -> None:
    app.before_request(_enter)
    app.teardown_request(_leave)
