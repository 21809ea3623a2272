"""What the app stands on in tests: PostgreSQL, Valkey and WeChat, all of them on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from flask import Flask
from sqlalchemy import Engine
from werkzeug.serving import make_server

from core.config import Config, psycopg_url
from core.launcher.folder import free_ports
from core.launcher.throwaway import throwaway_servers
from simulator.testing import Remote, running
from tenants import roles
from tenants.owner import owner_engine
from tenants.urls import role_urls

MASTER_KEY = b"k" * 32
AT_ONCE = {"refund_delay_seconds": 0, "refund_interval_seconds": 0}
"""Settings of the simulator: nobody wants to wait for a refund in a test."""


@dataclass(frozen=True, slots=True)
class Servers:
    """`config` points at the servers, `wechat` steers the simulator, `owner` may make tenants."""

    config: Config
    wechat: Remote
    owner: Engine


@contextmanager
def starting() -> Iterator[Servers]:
    """Servers for as long as the block runs.

    `DATABASE_URL_TEST` (a superuser's) and `REDIS_URL_TEST` name some to use instead of throwaway ones.
    """
    with ExitStack() as stack:
        database_url, redis_url = _addresses(stack)
        wechat = stack.enter_context(running())
        wechat.post("settings", AT_ONCE)
        roles.bootstrap(psycopg_url(database_url), MASTER_KEY)
        config = Config(
            database_url=psycopg_url(database_url),
            redis_url=redis_url,
            rq_redis_url=redis_url,
            master_key=MASTER_KEY,
            media_dir=Path(stack.enter_context(TemporaryDirectory(prefix="jishi-media-"))),
            public_url=f"http://127.0.0.1:{free_ports([0])[0]}",
            wxpay_base_url=wechat.url,
            wxapi_base_url=wechat.url,
        )
        owner = owner_engine(role_urls(config.database_url, config.master_key).owner)
        stack.callback(owner.dispose)
        yield Servers(config, wechat, owner)


def _addresses(stack: ExitStack) -> tuple[str, str]:
    database_url, redis_url = os.environ.get("DATABASE_URL_TEST"), os.environ.get("REDIS_URL_TEST")
    if database_url and redis_url:
        return database_url, redis_url
    throwaway = stack.enter_context(throwaway_servers())
    return database_url or throwaway.database_url, redis_url or throwaway.redis_url


@contextmanager
def serving(app: Flask, public_url: str) -> Iterator[None]:
    """The app behind real HTTP at its public address, so that WeChat's callbacks arrive."""
    server = make_server("127.0.0.1", int(public_url.rpartition(":")[2]), app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
