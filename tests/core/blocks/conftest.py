"""An app with the tiny plugins, and two shops of it that a whole module uses; plugins are off until a test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from core import create_app
from core.config import Config
from core.db import db
from core.host import failures
from core.host.blocks.budget import budget
from core.host.registry import host
from core.services import services
from tests.core.blocks import tiny
from tests.core.shops import Shop, shops_to_open

_OFF = text("DELETE FROM platform.tenant_plugin WHERE tenant_id = :tenant")
_ON = text(
    "INSERT INTO platform.tenant_plugin (tenant_id, plugin, state, version) VALUES (:tenant, :plugin, :state, '1')"
)


@pytest.fixture(scope="session")
def app(config: Config) -> Flask:
    made = create_app(config, tiny.ENTRY_POINTS)
    with made.app_context():
        assert host().unfit == {}
    return made


@pytest.fixture(scope="module")
def shops(app: Flask, config: Config, owner: Engine) -> Iterator[tuple[Shop, Shop]]:
    with shops_to_open(app, config, owner) as make:
        yield make("epsilon"), make("zeta")


Switch = Callable[..., None]


@pytest.fixture
def switch(owner: Engine) -> Switch:
    """`switch(shop, club="on")`: these plugins in these states, all others off."""

    def turn(shop: Shop, **states: str) -> None:
        with owner.begin() as connection:
            connection.execute(_OFF, {"tenant": shop.ref.id})
            for plugin, state in states.items():
                connection.execute(_ON, {"tenant": shop.ref.id, "plugin": plugin, "state": state})
        with shop.app.app_context():
            services().registry.invalidate()
            shop.ref = services().registry.fresh(shop.ref)

    return turn


@pytest.fixture
def shop(shops: tuple[Shop, Shop], switch: Switch) -> Shop:
    """With `club` on."""
    switch(shops[0], club="on")
    switch(shops[1])
    return shops[0]


@pytest.fixture
def other_shop(shops: tuple[Shop, Shop]) -> Shop:
    """Everything off."""
    return shops[1]


@pytest.fixture(autouse=True)
def calm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test leaves a mood, a call or a strike behind; failures are written at once."""
    monkeypatch.setattr(failures, "WRITE_EVERY", 0.0)
    yield
    tiny.mood.clear()
    tiny.calls.clear()
    budget.__init__()


def failing(shop: Shop) -> list[tuple[str, str, str]]:
    """(plugin, place, error) of everything that was reported in the shop; forgotten by asking."""
    with shop.bound():
        rows = db.session.execute(text("DELETE FROM plugin_failure RETURNING plugin, place, error")).all()
        db.session.commit()
    return sorted(tuple(row) for row in rows)


def scalar(shop: Shop, statement: str, **values: Any) -> Any:
    """One value of the shop's database."""
    with shop.bound():
        found = db.session.execute(text(statement), values).scalar()
        db.session.rollback()
    return found


def notices(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["props"]["text"] for block in blocks]
