"""Addresses and passwords of the three logins, all from one address and one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import URL, make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from tenants.engine import check_server

OWNER = "jishi_owner"
APP = "jishi_app"
PLATFORM_LOGIN = "jishi_platform"


@dataclass(frozen=True, slots=True)
class RoleUrls:
    """SQLAlchemy URLs (their `repr` hides the password)."""

    owner: URL
    app: URL
    platform: URL


def role_password(master_key: bytes, role: str) -> str:
    """The password of a login: 32 bytes in hex, HKDF-SHA256 of the master key, info = the role's name."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=role.encode()).derive(master_key).hex()


def role_urls(admin_url: str | URL, master_key: bytes) -> RoleUrls:
    """The same server and database as `admin_url`, as owner, as app and as platform."""
    base = admin(admin_url)

    def login(role: str) -> URL:
        return base.set(username=role, password=role_password(master_key, role))

    return RoleUrls(owner=login(OWNER), app=login(APP), platform=login(PLATFORM_LOGIN))


def admin(url: str | URL) -> URL:
    """`url` with psycopg as driver."""
    return make_url(url).set(drivername="postgresql+psycopg")


def connect(url: str | URL, *, autocommit: bool = False) -> psycopg.Connection[Any]:
    """A plain connection for owner's work; raises PostgresTooOld below 17."""
    args, kwargs = PGDialect_psycopg().create_connect_args(admin(url))
    connection = psycopg.connect(*args, **kwargs, autocommit=autocommit, prepare_threshold=None)
    try:
        check_server(connection.info.server_version)
    except Exception:
        connection.close()
        raise
    return connection
