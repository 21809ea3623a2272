"""Operators, and what tests ask schema `platform` about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.security import generate_password_hash

from core.db import db
from core.operator import service
from core.operator.domain import OperatorFacts
from core.operator.service import OperatorLogin
from tenants.db import PLATFORM
from tenants.provision import new_key

PASSWORD = "a long enough password"
CHEAP_HASH = generate_password_hash(PASSWORD, "scrypt:1024:8:1")
_ACCOUNT = "INSERT INTO platform.operator (login, name, password_hash) VALUES (:login, '林支持', :hash)"


@dataclass(frozen=True)
class Staffed:
    """An operator with a login of its own, and a session."""

    login: str
    token: str
    facts: OperatorFacts

    def log_in(self, password: str = PASSWORD) -> OperatorLogin:
        return service.login(self.login, password)


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def new_operator(context: Flask) -> Callable[[], Staffed]:
    def make() -> Staffed:
        login = f"o{new_key()[:8]}"
        platform_rows(_ACCOUNT, login=login, hash=CHEAP_HASH)
        token = service.login(login, PASSWORD).token
        return Staffed(login, token, service.find_session(token))

    return make


@pytest.fixture
def operator(new_operator: Callable[[], Staffed]) -> Staffed:
    return new_operator()


def platform_rows(query: str, **values: Any) -> list[tuple[Any, ...]]:
    """Rows of a statement on schema `platform`."""
    with db.engines[PLATFORM].begin() as connection:
        found = connection.execute(text(query), values)
        return [tuple(row) for row in found] if found.returns_rows else []
