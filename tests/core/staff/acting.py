"""Somebody with an app for codes, and two people who do the same at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pyotp
from werkzeug.test import TestResponse

from core.clock import now
from core.totp import STEP_SECONDS
from tests.core.shops import PASSWORD, Shop

API = "/console/api/v1"
SESSION = f"{API}/session"
SECOND = f"{SESSION}/second-factor"
TWO_FACTOR = f"{SESSION}/two-factor"
OWNER = "19900000000"


class App:
    """An authenticator; every `code()` is of a later time step than the one before, two of them need no waiting."""

    def __init__(self, secret: str) -> None:
        self._otp = pyotp.TOTP(secret)
        self._last = 0

    def code(self) -> str:
        self._last = max(self._last + 1, int(now().timestamp()) // STEP_SECONDS)
        return self._otp.generate_otp(self._last)

    def same_code(self) -> str:
        return self._otp.generate_otp(self._last)


def bind_app(shop: Shop, token: str | None = None) -> tuple[App, list[str]]:
    """Switch two-factor on for who holds `token` (the owner); returns the app and the recovery codes."""
    token = token or shop.staff_token
    app = App(shop.post(TWO_FACTOR, token=token).json["secret"])
    confirmed = shop.put(TWO_FACTOR, token=token, json={"code": app.code()})
    return app, confirmed.json["recovery_codes"]


def login(shop: Shop, password: str = PASSWORD, phone: str = OWNER) -> TestResponse:
    return shop.post(SESSION, json={"phone": phone, "password": password})


def pending(shop: Shop) -> str:
    answer = login(shop)
    assert answer.json["code"] == "second_factor_required"
    return answer.json["pending"]


def complete(shop: Shop, token: str, code: str) -> TestResponse:
    return shop.post(SECOND, json={"pending": token, "code": code})


def at_once(*acts: Callable[[], TestResponse]) -> list[Any]:
    """Do all of them in threads that start together; the statuses in ascending order."""
    barrier = Barrier(len(acts))

    def act(one: Callable[[], TestResponse]) -> int:
        barrier.wait(10)
        return one().status_code

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(act, acts))
