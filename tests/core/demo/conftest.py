"""A demo shop with a past of ten days, beside a simulator of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask

from core import demo
from core.data.demologin import SLUG
from core.services import install, services
from simulator.testing import running
from tenants.context import TenantRef, bind
from tenants.owner import transaction

DAYS = 10


@contextmanager
def configured(app: Flask, **changes: object) -> Iterator[Flask]:
    """The app with another configuration for the time of the block."""
    with app.app_context():
        before = services()
    install(app, replace(before, config=replace(before.config, **changes)))
    try:
        yield app
    finally:
        install(app, before)


@contextmanager
def simulated(app: Flask, seed: str) -> Iterator[Flask]:
    """The app with a simulator of its own beside it."""
    with running(seed=seed) as simulator:
        url = simulator.url
        with configured(app, simulator_url=url, wxpay_base_url=url, wxapi_base_url=url):
            yield app


@pytest.fixture(scope="package")
def demo_app(app: Flask) -> Iterator[Flask]:
    with configured(app, demo_days=DAYS), simulated(app, "1"):
        yield app


@pytest.fixture(scope="package")
def ensured(demo_app: Flask, owner) -> Iterator[TenantRef]:
    demo.ensure(demo_app)
    with demo_app.app_context():
        ref = services().registry.by_slug(SLUG)
    yield ref
    with transaction(owner) as connection:
        connection.execute("UPDATE platform.tenant SET slug = 'demo-' || id WHERE slug = 'demo'")


@pytest.fixture
def inside(demo_app: Flask, ensured: TenantRef) -> Iterator[TenantRef]:
    with demo_app.app_context(), bind(ensured):
        yield ensured
