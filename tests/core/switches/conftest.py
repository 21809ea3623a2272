"""An app with the dummy plugin and its odd companions, and what tests ask about a shop's switches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from core import create_app
from core.config import Config
from core.db import db
from core.switches import service
from tenants.owner import transaction
from tests.core.shops import Shop

GROUP = "jishi.plugins"
ODD = ("needy", "rival", "asking", "broken", "sly", "moody")
ENTRY_POINTS = (
    EntryPoint("dummy", "tests.core.switches.dummy:plugin", GROUP),
    *(EntryPoint(name, f"tests.core.switches.oddities:{name}", GROUP) for name in ODD),
    EntryPoint("stale", "tests.core.switches.gone:plugin", GROUP),
)


@pytest.fixture(scope="session")
def app(config: Config) -> Flask:
    return create_app(config, ENTRY_POINTS)


@dataclass
class Switches:
    """One shop's plugins as tests turn and look at them."""

    shop: Shop
    owner: Any

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Like `shop.bound()`, with the tenant as it stands now: which plugins are on is part of it."""
        with self.shop.app.app_context():
            self.shop.ref = self.shop.app.extensions["jishi"].registry.fresh(self.shop.ref)
        with self.shop.bound():
            yield

    def call(self, act: str, *args: Any) -> Any:
        with self.bound():
            return getattr(service, act)(*args)

    def state(self, name: str) -> str:
        return self.call("state", name)["state"]

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.shop.bound():
            found = [tuple(row) for row in db.session.execute(text(query), values)]
            db.session.commit()
        return found

    def words(self) -> list[str]:
        return [word for (word,) in self.rows("SELECT word FROM dummy_note ORDER BY id")]

    def write(self, statement: str, **values: Any) -> None:
        with self.shop.bound():
            db.session.execute(text(statement), values)
            db.session.commit()

    def audit(self) -> list[tuple[str, str, str, dict]]:
        return self.rows("SELECT actor, action, target, detail FROM audit_log ORDER BY id")

    def as_owner(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with transaction(self.owner) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def tables(self, name: str) -> list[str]:
        query = "SELECT tablename::text FROM pg_tables WHERE schemaname = %s AND tablename LIKE %s ORDER BY 1"
        return [table for (table,) in self.as_owner(query, self.shop.ref.schema, f"%{name}%")]

    def revision(self, name: str) -> list[tuple[str, ...]]:
        query = "SELECT revision FROM platform.tenant_revision WHERE key = %s AND history = %s"
        return self.as_owner(query, self.shop.ref.key, name)


@pytest.fixture
def switches(shop: Shop, owner) -> Switches:
    return Switches(shop, owner)


@pytest.fixture
def other_switches(other_shop: Shop, owner) -> Switches:
    return Switches(other_shop, owner)
