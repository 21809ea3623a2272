"""The Flask-SQLAlchemy extension: sessions pinned to a tenant, two binds, one naming convention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import BigInteger, Connection, Engine, Identity, MetaData, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm import Session as OrmSession

from tenants.connection import StrictCursor, TenantConnection
from tenants.context import current, current_or_none
from tenants.engine import engine_options, harden
from tenants.errors import NoTenantBound, SessionLent, TenantMismatch
from tenants.urls import role_urls

__all__ = [
    "PLATFORM",
    "IdMixin",
    "StrictCursor",
    "TenantConnection",
    "TenantSession",
    "configure",
    "db",
    "engine_options",
    "lent",
]

PLATFORM = "platform"
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Tables of a tenant carry no schema name; models of the platform say `__bind_key__ = "platform"`."""

    metadata = MetaData(naming_convention=NAMING)


class IdMixin:
    """The primary key of every table with an id: bigint, BY DEFAULT AS IDENTITY."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True, sort_order=-1)


_lent: ContextVar[bool] = ContextVar("session_lent", default=False)


@contextmanager
def lent() -> Iterator[None]:
    """Within the block sessions are lent: whoever ends the transaction gets SessionLent, and it goes on."""
    token = _lent.set(True)
    try:
        yield
    finally:
        _lent.reset(token)


class TenantSession(Session):
    """A session of the tenant that was bound when it was made, of no other, ever.

    Made outside a tenant it reaches the platform bind only. Raises NoTenantBound and TenantMismatch, also for
    objects that lie in its identity map already.
    """

    def __init__(self, db: SQLAlchemy, **kwargs: Any) -> None:
        super().__init__(db, **kwargs)
        self.info["tenant"] = current_or_none()

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any) -> Any:
        found = super().get_bind(mapper=mapper, clause=clause, bind=bind, **kwargs)
        if found.engine is self._db.engines.get(None):
            self.check_tenant()
        return found

    def get(self, entity: Any, ident: Any, **kwargs: Any) -> Any:
        pinned = self.info["tenant"]
        if pinned is not None:
            self.check_tenant()
        return super().get(entity, ident, **kwargs)

    def commit(self) -> None:
        _check_not_lent()
        super().commit()

    def rollback(self) -> None:
        _check_not_lent()
        super().rollback()

    def close(self) -> None:
        _check_not_lent()
        super().close()

    def check_tenant(self) -> None:
        """The tenant bound now must be the one this session was made for."""
        bound, pinned = current(), self.info["tenant"]
        if pinned is None:
            raise NoTenantBound("会话在绑定租户之前创建，不能访问租户数据；请在 bind 之内重新创建会话")
        if pinned.key != bound.key:
            raise TenantMismatch(f"会话属于租户 {pinned.slug}，当前租户是 {bound.slug}")


def _check_not_lent() -> None:
    if _lent.get():
        raise SessionLent


@event.listens_for(TenantSession, "after_begin")
def _bind_connection(session: OrmSession, transaction: Any, connection: Connection) -> None:
    driver = connection.connection.driver_connection
    if not isinstance(driver, TenantConnection):
        return
    session.check_tenant()
    pinned = session.info["tenant"]
    if driver.tenant is None or driver.tenant.key != pinned.key:
        driver.tenant = pinned


class TenantSQLAlchemy(SQLAlchemy):
    """Flask-SQLAlchemy whose engines have our guards."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        return harden(super()._make_engine(bind_key, options, app), tenants=bind_key is None)


db = TenantSQLAlchemy(model_class=Base, session_options={"class_": TenantSession})
db.metadatas[PLATFORM] = MetaData(schema=PLATFORM, naming_convention=NAMING, info={"bind_key": PLATFORM})


def configure(app: Flask, config: Any) -> None:
    """Point `app` at both binds and start the extension.

    `config` has `database_url` (str) and `master_key` (32 bytes); `app.config["DB_POOL_SIZE"]` sets the
    connections per process for tenants' tables (default 5).
    """
    pool_size = app.config.get("DB_POOL_SIZE", 5)
    urls = role_urls(config.database_url, config.master_key)
    app.config["SQLALCHEMY_DATABASE_URI"] = urls.app
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options("app", pool_size=pool_size)
    platform = {"url": urls.platform, **engine_options("platform", pool_size=2)}
    app.config["SQLALCHEMY_BINDS"] = {PLATFORM: platform}
    db.init_app(app)
