"""An app with the tiny plugins, and two shops of it: plugins are on where a test switches them on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import event, text

from core import create_app
from core.clock import now
from core.config import Config
from core.db import db
from core.host.registry import host
from core.services import services
from core.stores.models import DeliveryZone
from tenants import history
from tenants.context import TenantRef
from tests.core.extensions import keeper, tiny
from tests.core.shops import Shop, shops_to_open

STORE, CONSOLE = "/store/api/v1", "/console/api/v1"

_SWITCH = text(
    """
    INSERT INTO platform.tenant_plugin (tenant_id, plugin, state, version, since)
    VALUES (:tenant, :plugin, :state, '1', :now)
    ON CONFLICT (tenant_id, plugin) DO UPDATE SET state = excluded.state
    """
)


@pytest.fixture(scope="session")
def app(config: Config) -> Flask:
    made = create_app(config, tiny.ENTRY_POINTS)
    with made.app_context():
        assert host().unfit == {}
    return made


@pytest.fixture(scope="module")
def shops(app: Flask, config: Config, owner) -> Iterator[tuple[Shop, Shop]]:
    """Two shops; made once for a module, with nothing switched on."""
    with shops_to_open(app, config, owner) as make:
        both = make("gamma"), make("delta")
        for shop in both:
            _install_keeper(owner, shop.ref)
            _furnish(shop)
        yield both


@pytest.fixture
def shop(shops: tuple[Shop, Shop]) -> Shop:
    return shops[0]


@pytest.fixture
def other_shop(shops: tuple[Shop, Shop]) -> Shop:
    return shops[1]


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    """No test leaves a mood behind."""
    yield
    tiny.mood.clear()
    tiny.claimed.clear()
    keeper.hooks.broken = False


def _install_keeper(owner, ref: TenantRef) -> None:
    """The tables of `keeper`, in every shop, though it is off: what `jishi plugin enable` and then `disable` leave."""
    script = history.initial(history.History.at("keeper", keeper.plugin.migrations))
    with owner.begin() as connection:
        connection.execute(text(f"SET LOCAL search_path = {ref.schema}"))
        for statement in script.statements:
            connection.execute(text(statement))
        connection.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA {ref.schema} TO {ref.role}"))


def _furnish(shop: Shop) -> None:
    """The goods of the golden example: MILK 12.80, YOGURT 6.00, OIL 33.00; delivery costs 5 yuan."""
    with shop.bound():
        for old, new, price in (("PORK", "YOGURT", 600), ("RICE", "OIL", 3300)):
            change = text("UPDATE sku SET code = :new, list_price_fen = :price, weighed = false WHERE code = :old")
            db.session.execute(change, {"old": old, "new": new, "price": price})
            shop.skus[new] = shop.skus.pop(old)
        db.session.query(DeliveryZone).update({"fee_fen": 500, "free_from_fen": None, "min_amount_fen": 0})
        db.session.execute(
            text(
                "INSERT INTO address (buyer_id, contact, phone, district_code, detail, longitude, latitude, is_default,"
                " created_at) VALUES (:buyer, '王', '19900000000', '130503', '1号', 114.487, 37.069, true, :now)"
            ),
            {"buyer": shop.buyer_id, "now": now()},
        )
        db.session.commit()


def switch(shop: Shop, *names: str, state: str = "on") -> None:
    """Exactly `names` are on (or closing) in the shop."""
    with shop.bound():
        known = [entry.name for entry in tiny.ENTRY_POINTS]
        rows = [{"tenant": shop.ref.id, "plugin": n, "state": state if n in names else "off", "now": now()} for n in known]
        with db.engines["platform"].begin() as connection:
            connection.execute(_SWITCH, rows)
        services().registry.invalidate()
        shop.ref = services().registry.fresh(shop.ref)


def failures_of(shop: Shop, plugin: str) -> list[str]:
    """Where the shop's merchant sees that the plugin failed."""
    with shop.bound():
        places = text("SELECT place FROM plugin_failure WHERE plugin = :plugin ORDER BY place")
        return list(db.session.execute(places, {"plugin": plugin}).scalars())


def quote(shop: Shop, *lines: tuple[str, int], **body):
    """The answer to a quote for pickup, as JSON."""
    answer = shop.post(f"{STORE}/quote", token=shop.buyer_token, json=wanted(shop, *lines, **body))
    assert answer.status_code == 200, answer.text
    return answer.json


def order(shop: Shop, key: str, *lines: tuple[str, int], **body):
    """The answer to an order under the idempotency key `key`."""
    headers = {"Idempotency-Key": key}
    return shop.post(f"{STORE}/orders", token=shop.buyer_token, json=wanted(shop, *lines, **body), headers=headers)


def wanted(shop: Shop, *lines: tuple[str, int], **body):
    chosen = [{"sku_id": str(shop.skus[code]), "quantity": str(Decimal(quantity))} for code, quantity in lines]
    return {"store_id": str(shop.store_id), "fulfilment": "pickup", "lines": chosen} | body


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are executed meanwhile, of all tenants' connections."""
    seen: list[str] = []

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(db.engines[None], "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engines[None], "before_cursor_execute", note)
