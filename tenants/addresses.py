"""Where a tenant is found besides its slug: own domains, mini-programs, callback paths."""

from __future__ import annotations

import secrets

from sqlalchemy import Engine, text

from tenants.errors import NameTaken, UnknownTenant
from tenants.registry import normal_host

_HOST = text(
    "INSERT INTO platform.tenant_host (host, tenant_id) VALUES (:name, :id)"
    " ON CONFLICT (host) DO UPDATE SET tenant_id = EXCLUDED.tenant_id"
    " WHERE tenant_host.tenant_id = EXCLUDED.tenant_id RETURNING host"
)
_APPID = text(
    "INSERT INTO platform.tenant_appid (appid, tenant_id) VALUES (:name, :id)"
    " ON CONFLICT (appid) DO UPDATE SET tenant_id = EXCLUDED.tenant_id"
    " WHERE tenant_appid.tenant_id = EXCLUDED.tenant_id RETURNING appid"
)
_TOKEN = text(
    "INSERT INTO platform.callback_token (token, tenant_id, purpose) VALUES (:token, :id, :purpose)"
    " ON CONFLICT (tenant_id, purpose) DO UPDATE SET purpose = EXCLUDED.purpose RETURNING token"
)
_BUMP = text("UPDATE platform.tenant SET settings_version = settings_version + 1 WHERE id = :id RETURNING settings_version")


def add_host(engine: Engine, tenant_id: int, host: str) -> str:
    """Register a domain of the tenant's own; returns its normal form; raises NameTaken if it is another's."""
    name = normal_host(host)
    return _insert(engine, _HOST, tenant_id, name, f"域名 {name} 已属于其他商户")


def add_appid(engine: Engine, tenant_id: int, appid: str) -> str:
    """Register a mini-program; raises NameTaken if it is another tenant's."""
    return _insert(engine, _APPID, tenant_id, appid, f"小程序 {appid} 已属于其他商户")


def callback_token(engine: Engine, tenant_id: int, purpose: str) -> str:
    """The tenant's callback path part for `purpose` (for example "pay"): made once, then always the same."""
    values = {"token": secrets.token_urlsafe(24), "id": tenant_id, "purpose": purpose}
    with engine.begin() as connection:
        return connection.execute(_TOKEN, values).scalar_one()


def bump_settings_version(engine: Engine, tenant_id: int) -> int:
    """Tell every process that something cached by (tenant, version) has changed; returns the new version."""
    with engine.begin() as connection:
        version = connection.execute(_BUMP, {"id": tenant_id}).scalar()
    if version is None:
        raise UnknownTenant
    return version


def _insert(engine: Engine, statement: object, tenant_id: int, name: str, taken: str) -> str:
    with engine.begin() as connection:
        found = connection.execute(statement, {"name": name, "id": tenant_id}).scalar()
    if found is None:
        raise NameTaken(taken)
    return found
