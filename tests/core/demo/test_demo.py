"""The demo shop: complete after the first start, untouched by the second."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text

from core import demo
from core.data.demologin import PASSWORD, PHONE, SLUG
from core.db import db
from core.demo import account
from core.openkeys.service import find_key
from core.payments import profiles
from core.services import install, services
from core.settings.service import shop_settings
from core.staff.service import login
from core.wechat.errors import NotFound
from simulator.testing import running
from tenants.context import bind
from tenants.owner import transaction

COUNTS = text(
    """
    SELECT (SELECT count(*) FROM store) AS stores, (SELECT count(*) FROM delivery_zone) AS zones,
           (SELECT count(*) FROM product) AS products, (SELECT count(*) FROM sku WHERE plu IS NOT NULL) AS plus,
           (SELECT count(*) FROM sku_barcode) AS barcodes, (SELECT count(*) FROM stock WHERE on_hand > 0) AS stock,
           (SELECT count(*) FROM stock_move) AS moves, (SELECT count(*) FROM staff) AS staff,
           (SELECT count(*) FROM api_key) AS keys, (SELECT count(*) FROM payment_profile) AS profiles,
           (SELECT max(updated_at) FROM product) AS newest
    """
)


@contextmanager
def configured(app, **changes):
    """The app with another configuration for the time of the block."""
    with app.app_context():
        before = services()
    install(app, replace(before, config=replace(before.config, **changes)))
    yield app
    install(app, before)


@contextmanager
def simulated(app, seed):
    """The app with a simulator of its own beside it."""
    with running(seed=seed) as simulator:
        url = simulator.url
        with configured(app, simulator_url=url, wxpay_base_url=url, wxapi_base_url=url):
            yield app


@pytest.fixture(scope="module")
def demo_app(app):
    with simulated(app, "1"):
        yield app


@pytest.fixture(scope="module")
def ensured(demo_app, owner):
    began = time.perf_counter()
    demo.ensure(demo_app)
    took = time.perf_counter() - began
    with demo_app.app_context():
        ref = services().registry.by_slug(SLUG)
    yield ref, took
    with transaction(owner) as connection:
        connection.execute("UPDATE platform.tenant SET slug = 'demo-' || id WHERE slug = 'demo'")


@pytest.fixture
def inside(demo_app, ensured):
    with demo_app.app_context(), bind(ensured[0]):
        yield ensured[0]


def counts():
    return db.session.execute(COUNTS).one()._asdict()


def test_demo_has_stores_articles_stock_and_logins(inside):
    found = counts()
    del found["newest"]
    assert found == {
        "stores": 3, "zones": 6, "products": 445, "plus": 62, "barcodes": 445, "stock": 3 * 445, "moves": 3 * 445,
        "staff": 1, "keys": 1, "profiles": 1,
    }  # fmt: skip
    assert login(PHONE, PASSWORD).token
    assert find_key(account.till_key(inside)).scopes >= {"orders:write", "catalog:write"}


def test_demo_rows_for_the_table_name_every_login(demo_app, ensured):
    with demo_app.app_context():
        rows = demo.logins()
    assert [row[1] for row in rows] == [
        f"http://demo.localhost:8000/{part}/api/v1" for part in ("console", "store", "open")
    ]
    assert rows[0][2] == f"{PHONE} / {PASSWORD}"


def test_demo_merchant_is_known_to_the_simulator(inside):
    with pytest.raises(NotFound):
        profiles.gateway().query("nosuchorder0001")
    assert shop_settings()["message_ready"]


def test_demo_second_start_changes_nothing_that_people_changed(demo_app, inside):
    before = counts()
    change = "UPDATE sku SET list_price_fen = 1 WHERE code = 'XT010001'"
    db.session.execute(text(change))
    db.session.execute(text("UPDATE stock SET on_hand = 7 WHERE sku_id = (SELECT id FROM sku WHERE code = 'XT010001')"))
    db.session.execute(text("UPDATE store SET name = '改名' WHERE code = 'XT01'"))
    db.session.commit()
    seen = []
    demo.ensure(demo_app, lambda done, total: seen.append((done, total)))
    assert counts() == before
    kept = "SELECT s.list_price_fen, t.on_hand FROM sku s JOIN stock t ON t.sku_id = s.id WHERE s.code = 'XT010001'"
    assert set(db.session.execute(text(kept)).all()) == {(1, Decimal(7))}
    assert seen == [(n, 6) for n in range(1, 7)]


def test_demo_works_on_with_a_simulator_that_forgot_everything(demo_app, ensured):
    with simulated(demo_app, "2") as app:
        demo.ensure(app)
        with app.app_context(), bind(ensured[0]), pytest.raises(NotFound):
            profiles.gateway().query("nosuchorder0001")


def test_demo_is_not_made_in_production(demo_app, ensured):
    with configured(demo_app, env="production") as app:
        demo.ensure(app, lambda done, total: pytest.fail("nothing to do"))
        with app.app_context():
            assert demo.logins() == []
