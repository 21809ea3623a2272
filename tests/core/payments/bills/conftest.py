"""An app and a WeChat of their own: bills come the next morning, so these tests move WeChat's clock, and ours with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.serving import make_server

from core import create_app
from core.clock import now, shop_time, travel
from core.config import Config, psycopg_url
from core.db import db
from core.payments import bills, differences, refunds
from core.payments.refunds import RefundLine
from simulator.testing import Remote, running
from tenants import roles
from tenants.owner import owner_engine
from tenants.urls import role_urls
from tests.core.conftest import MASTER_KEY, free_port
from tests.core.payments.conftest import PayingShop, eventually

SUMS = (
    "payments_there", "payments_here", "paid_there_fen", "paid_here_fen",
    "refunds_there", "refunds_here", "refunded_there_fen", "refunded_here_fen", "matched", "others", "fee_fen",
)  # fmt: skip


@pytest.fixture(scope="session")
def wechat() -> Iterator[Remote]:
    with running() as remote:
        yield remote


@pytest.fixture(scope="session")
def config(postgres_url: str, redis_url: str, wechat: Remote, tmp_path_factory: pytest.TempPathFactory) -> Config:
    url = psycopg_url(postgres_url)
    roles.bootstrap(url, MASTER_KEY)
    plain = Config(url, redis_url, redis_url, MASTER_KEY, media_dir=tmp_path_factory.mktemp("media"))
    here = f"http://127.0.0.1:{free_port()}"
    return replace(plain, public_url=here, wxpay_base_url=wechat.url, wxapi_base_url=wechat.url)


@pytest.fixture(scope="session")
def app(config: Config) -> Flask:
    return create_app(config, entry_points=())


@pytest.fixture(scope="session")
def owner(config: Config) -> Iterator:
    engine = owner_engine(role_urls(config.database_url, config.master_key).owner)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def served(app: Flask, config: Config) -> Iterator[str]:
    server = make_server("127.0.0.1", int(config.public_url.rpartition(":")[2]), app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield config.public_url
    server.shutdown()


@pytest.fixture(autouse=True)
def same_clock(wechat: Remote) -> Iterator[None]:
    """Our clock stands where WeChat's stands when the test begins."""
    with travel(wechat.get("clock")["offset_seconds"]):
        yield


class Merchant:
    """A shop whose days go by: it sells, gives back, and is at the next morning."""

    def __init__(self, paying: PayingShop) -> None:
        self.paying, self.shop, self.wechat = paying, paying.shop, paying.wechat
        self.day: date = shop_time(now()).date()

    def sell(self, reference: str, quantity: str = "2") -> int:
        order_id = self.paying.order(reference, quantity=quantity)
        self.paying.pay(order_id)
        eventually(lambda: self.paying.state(order_id) == "paid")
        return order_id

    def give_back(self, order_id: int, quantity: int = 1) -> None:
        line = RefundLine(1, quantity)
        refunds.request_refund(order_id, [line], "坏了", refunds.SYSTEM, f"key-{order_id}")
        db.session.commit()
        refunds.push_due()

    def until_bill(self, hours: float = 0.5) -> travel:
        """WeChat's clock goes `hours` past the moment at which the bill of the day is there; enter it for ours."""
        seconds = (bills.ready_at(self.day) - now()).total_seconds() + hours * 3600
        self.wechat.advance(seconds)
        return travel(seconds)

    def bill(self) -> dict:
        db.session.rollback()
        rows = differences.days((self.day, self.day))
        assert len(rows) == 1
        return dict(rows[0])

    def sums(self) -> tuple:
        bill = self.bill()
        return tuple(bill[name] for name in SUMS)

    def differences(self) -> list[tuple]:
        db.session.rollback()
        rows = differences.differences(self.day)
        return [(d["subject"], d["kind"], d["number"], d["there_fen"], d["here_fen"]) for d in rows]

    def again(self) -> None:
        """Compare the day once more, whatever is waited for."""
        bills.fetch_again(self.day)
        db.session.commit()
        bills.compare_due()

    def rows(self, query: str, **values) -> list[tuple]:
        return self.paying.rows(query, **values)

    def run(self, statement: str, **values) -> None:
        db.session.execute(text(statement), values)
        db.session.commit()


@pytest.fixture
def merchant(paying: PayingShop) -> Iterator[Merchant]:
    with paying.shop.bound():
        yield Merchant(paying)


