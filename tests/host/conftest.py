"""An app per module, with the plugins that the module names in PLUGINS; shops as in the tests of the core."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from core import create_app
from core.config import Config
from core.db import db
from tests.core.conftest import config, open_new_shop, other_shop, owner, shop, wechat
from tests.core.shops import Shop
from tests.host.selling import Switch

__all__ = ["config", "open_new_shop", "other_shop", "owner", "shop", "wechat"]


@pytest.fixture(scope="module")
def app(config: Config, request: pytest.FixtureRequest) -> Iterator[Flask]:
    app = create_app(config, entry_points=request.module.PLUGINS)
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def switch(owner: Engine) -> Switch:
    """`switch(shop, "quiet", "on")`: what the merchant's switch leaves behind."""
    return Switch(owner)


@pytest.fixture
def on(shop: Shop, switch: Switch, request: pytest.FixtureRequest) -> Shop:
    """The shop with every plugin of the module on."""
    for plugin in request.module.PLUGINS:
        switch(shop, plugin.name, "on")
    return shop
