"""Shoppers against the simulator: real login codes, real phone numbers."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from core.db import db
from core.payments import profiles
from simulator.testing import Remote
from tests.core.shops import Shop

CONSENT = "2026-01"


@pytest.fixture
def sim(wechat: Remote) -> Remote:
    """The WeChat that the app talks to."""
    return wechat


@pytest.fixture
def account(shop: Shop, sim: Remote) -> dict[str, Any]:
    """The shop's mini-program with its merchant account, known to the simulator."""
    return connect(shop, sim)


@pytest.fixture
def appid(account: dict[str, Any]) -> str:
    return account["appid"]


def connect(shop: Shop, sim: Remote) -> dict[str, Any]:
    account = sim.provision(f"wx{secrets.token_hex(8)}", name=shop.ref.name)
    with shop.bound():
        profiles.save_app(account["appid"], account["secret"], shop.ref.name)
        db.session.commit()
    return account


@pytest.fixture
def login(shop: Shop, sim: Remote, appid: str) -> Callable[..., Any]:
    """Log somebody in; consents unless told otherwise."""

    def log_in(user: str, **body: Any):
        code = sim.login(appid, user)["code"]
        return shop.post("/store/api/v1/login", json={"code": code, "consent_version": CONSENT} | body)

    return log_in
