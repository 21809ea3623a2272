"""The stage: throwaway servers, one shop with a catalog, and the product behind granian with `bench.wsgi`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time as wall_time
from decimal import Decimal

import requests
from flask import Flask
from sqlalchemy import Engine, text

from bench import cast
from bench.cpu import family
from core import create_app
from core.buyers.models import Buyer, BuyerSession, Consent
from core.catalog.service import upsert_products
from core.clock import now
from core.config import Config, psycopg_url
from core.crypto import fingerprint
from core.db import db
from core.launcher.throwaway import Throwaway, throwaway_servers
from core.migrations import HISTORY
from core.openkeys.domain import SCOPES
from core.openkeys.models import ApiKey
from core.settings.service import shop_settings
from core.stores.models import Store
from core.web.tokens import issue
from tenants import provision, roles
from tenants.context import TenantRef, bind
from tenants.owner import owner_engine
from tenants.urls import role_urls

MASTER_KEY = bytes(32)
PRODUCTS = 400
STORES = ("XT01", "XT02", "XT03")


@dataclass
class Stage:
    """`server_pids` are the web processes, `data_pids` PostgreSQL and Valkey."""

    config: Config
    servers: Throwaway
    owner: Engine
    app: Flask
    ref: TenantRef
    port: int = 0
    web: subprocess.Popen | None = None
    store_id: int = 0
    product_ids: list[int] = field(default_factory=list)
    sku_ids: list[int] = field(default_factory=list)
    buyer_token: str = ""
    api_key: str = ""

    @property
    def host(self) -> str:
        return f"{self.ref.slug}.localhost"

    def pids(self) -> list[int]:
        return [pid for root in (self.web.pid, *self.servers.pids) for pid in family(root)]

    def web_pids(self) -> list[int]:
        return family(self.web.pid)

    @contextmanager
    def bound(self) -> Iterator[None]:
        with self.app.app_context(), bind(self.ref):
            yield


@contextmanager
def stage() -> Iterator[Stage]:
    with throwaway_servers() as servers:
        config = Config(
            database_url=psycopg_url(servers.database_url),
            redis_url=servers.redis_url,
            rq_redis_url=servers.redis_url,
            master_key=MASTER_KEY,
        )
        roles.bootstrap(config.database_url, MASTER_KEY)
        owner = owner_engine(role_urls(config.database_url, MASTER_KEY).owner)
        app = create_app(config, entry_points=cast.entry_points())
        built = Stage(config, servers, owner, app, provision.take(owner, HISTORY, "bench", "Bench"))
        with built.bound():
            _furnish(built)
        with _web(built):
            yield built
        owner.dispose()


def _furnish(stage: Stage) -> None:
    stage.store_id = stores()
    upsert_products([product(n) for n in range(PRODUCTS)])
    db.session.execute(
        text("INSERT INTO stock (store_id, sku_id, on_hand, updated_at)"
             " SELECT store.id, sku.id, 10000000, now() FROM store, sku")
    )
    rows = db.session.execute(text("SELECT product_id, id FROM sku ORDER BY id")).all()
    stage.product_ids, stage.sku_ids = [r.product_id for r in rows], [r.id for r in rows]
    stage.buyer_token = buyer(stage.ref)
    stage.api_key = issue("jk", stage.ref.key)
    db.session.add(
        ApiKey(name="bench", hint="", key_hash=fingerprint(stage.api_key), scopes=sorted(SCOPES), created_at=now())
    )
    db.session.commit()


def stores() -> int:
    """Add the stores to the bound tenant; returns the first one's id."""
    made = [
        Store(
            code=code, name=code, district_code="130503", address="-", phone="0319-0000001",
            longitude=Decimal("114.487"), latitude=Decimal("37.069"), opens_at=wall_time(7, 30),
            closes_at=wall_time(21, 30),
        )
        for code in STORES
    ]
    db.session.add_all(made)
    db.session.flush()
    return made[0].id


def product(number: int) -> dict:
    """Product no. `number` as an import gives it."""
    return {
        "sku_code": f"B{number:05d}",
        "title": f"商品 {number}",
        "category_path": ["食品", f"类别 {number % 12}"],
        "spec": "500g",
        "unit": "袋",
        "list_price_fen": 500 + number,
    }


def buyer(ref: TenantRef) -> str:
    """Add a shopper to the bound tenant; returns the token of a session."""
    moment, token = now(), issue("bt", ref.key)
    shopper = Buyer(created_at=moment)
    db.session.add(shopper)
    db.session.flush()
    version = shop_settings()["privacy_version"]
    db.session.add(Consent(buyer_id=shopper.id, document="privacy", version=version, given_at=moment))
    db.session.add(
        BuyerSession(
            buyer_id=shopper.id, token_hash=fingerprint(token), appid="wx", openid="o", device="bench",
            created_at=moment, expires_at=moment.replace(year=moment.year + 1),
        )
    )
    return token


@contextmanager
def _web(stage: Stage) -> Iterator[None]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        stage.port = probe.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": stage.servers.database_url,
        "REDIS_URL": stage.servers.redis_url,
        "JISHI_MASTER_KEY": MASTER_KEY.hex(),
        "PORT": str(stage.port),
    }
    command = [sys.executable, "-c", "import sys; from core.launcher import web;"
               " web.server('127.0.0.1', int(sys.argv[1]), 2, 'bench.wsgi:app').serve(target_loader=web.load)"]
    stage.web = subprocess.Popen([*command, str(stage.port)], env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(stage.port)
        yield
    finally:
        stage.web.terminate()
        stage.web.wait(20)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise TimeoutError("the web process did not come up")
