"""What one process has one of: configuration, Redis, the vault, the tenant registry."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app
from redis import Redis

from core.config import Config
from core.crypto import Vault
from tenants.context import current
from tenants.registry import Registry


@dataclass(frozen=True, slots=True)
class Services:
    config: Config
    redis: Redis
    vault: Vault
    registry: Registry


def install(app: Flask, services: Services) -> None:
    app.extensions["jishi"] = services


def services() -> Services:
    """The running app's services; needs an app context."""
    return current_app.extensions["jishi"]


def redis_key(*parts: str | int) -> str:
    """`{t:<tenant>}:core:a:b`: every key of one tenant lies in one slot (architecture §4)."""
    return f"{{t:{current().key}}}:core:" + ":".join(str(part) for part in parts)


def seal(plain: str, place: str) -> bytes:
    """A secret of the bound tenant, openable only for this tenant and `place`."""
    return services().vault.seal(plain, f"{current().key}/{place}")


def unseal(sealed: bytes, place: str) -> str:
    return services().vault.open(sealed, f"{current().key}/{place}")
