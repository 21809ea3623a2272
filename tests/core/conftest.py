"""A real app on real servers, with two shops that could leak into each other."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from werkzeug.serving import make_server

from core import create_app
from core.config import Config, psycopg_url
from simulator.testing import Remote, running
from tenants import roles
from tenants.owner import owner_engine
from tenants.urls import role_urls
from tests.core.shops import Shop, shops_to_open

MASTER_KEY = b"k" * 32


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def wechat() -> Iterator[Remote]:
    """The WeChat simulator."""
    with running() as remote:
        yield remote


@pytest.fixture(scope="session")
def config(postgres_url: str, redis_url: str, wechat: Remote, tmp_path_factory: pytest.TempPathFactory) -> Config:
    roles.bootstrap(psycopg_url(postgres_url), MASTER_KEY)
    return Config(
        database_url=psycopg_url(postgres_url),
        redis_url=redis_url,
        rq_redis_url=redis_url,
        master_key=MASTER_KEY,
        media_dir=Path(tmp_path_factory.mktemp("media")),
        public_url=f"http://127.0.0.1:{free_port()}",
        wxpay_base_url=wechat.url,
        wxapi_base_url=wechat.url,
    )


@pytest.fixture(scope="session")
def app(config: Config) -> Flask:
    return create_app(config, entry_points=())


@pytest.fixture(scope="session")
def served(app: Flask, config: Config) -> Iterator[str]:
    """The app behind real HTTP at its public address, so that callbacks arrive."""
    server = make_server("127.0.0.1", int(config.public_url.rpartition(":")[2]), app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield config.public_url
    server.shutdown()


@pytest.fixture(scope="session")
def owner(config: Config) -> Iterator:
    engine = owner_engine(role_urls(config.database_url, config.master_key).owner)
    yield engine
    engine.dispose()


@pytest.fixture
def open_new_shop(app: Flask, config: Config, owner) -> Iterator:
    """Make as many shops as a test wants; each has a store, a delivery zone and three products."""
    with shops_to_open(app, config, owner) as make:
        yield make


@pytest.fixture
def shop(open_new_shop) -> Shop:
    return open_new_shop("alpha")


@pytest.fixture
def other_shop(open_new_shop) -> Shop:
    return open_new_shop("beta")
