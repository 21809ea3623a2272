"""Configuration, read once from the environment. Every variable is listed in docs/configuration.md."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class ConfigError(Exception):
    """The environment lacks something or contradicts itself; the message says what to set."""


@dataclass(frozen=True)
class Config:
    """Where the servers are, who we are, and how careful to be."""

    database_url: str
    redis_url: str
    rq_redis_url: str
    master_key: bytes
    domain: str = "localhost"
    env: str = "development"
    public_url: str = "http://localhost:8000"
    media_dir: Path = Path("var/media")
    wxpay_base_url: str = "https://api.mch.weixin.qq.com"
    wxapi_base_url: str = "https://api.weixin.qq.com"
    simulator_url: str | None = None
    port: int = 8000
    plugins: str = "all"
    demo_days: int = 120

    @property
    def production(self) -> bool:
        return self.env == "production"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Config:
        """Read `DATABASE_URL`, `REDIS_URL`, `JISHI_*`, `WX*_BASE_URL`, `PORT`; raises ConfigError."""
        redis_url = _required(env, "REDIS_URL")
        port = int(env.get("PORT", "8000"))
        return cls(
            database_url=psycopg_url(_required(env, "DATABASE_URL")),
            redis_url=redis_url,
            rq_redis_url=env.get("RQ_REDIS_URL", redis_url),
            master_key=parse_master_key(_required(env, "JISHI_MASTER_KEY")),
            domain=env.get("JISHI_DOMAIN", "localhost"),
            env=env.get("JISHI_ENV", "development"),
            public_url=env.get("JISHI_PUBLIC_URL", f"http://localhost:{port}").rstrip("/"),
            media_dir=Path(env.get("JISHI_MEDIA_DIR", "var/media")),
            wxpay_base_url=env.get("WXPAY_BASE_URL", cls.wxpay_base_url).rstrip("/"),
            wxapi_base_url=env.get("WXAPI_BASE_URL", cls.wxapi_base_url).rstrip("/"),
            simulator_url=env.get("JISHI_SIMULATOR_URL"),
            port=port,
            plugins=env.get("JISHI_PLUGINS", "all").strip() or "all",
            demo_days=int(env.get("JISHI_DEMO_DAYS", cls.demo_days)),
        )


def psycopg_url(url: str) -> str:
    """SQLAlchemy's spelling of a PostgreSQL URL: it refuses `postgres://`, and `postgresql://` may mean another driver."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise ConfigError(f"DATABASE_URL must start with postgresql://, not {scheme}://")
    return f"postgresql+psycopg://{rest}"


def parse_master_key(text: str) -> bytes:
    """32 bytes in base64 or hex."""
    raw = bytes.fromhex(text) if len(text) == 64 else b64decode(text)
    if len(raw) != 32:
        raise ConfigError("JISHI_MASTER_KEY must be 32 bytes in base64 or hex (openssl rand -base64 32)")
    return raw


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set; `jishi up` sets it for you, or point it at your own server")
    return value
