"""A database of its own for these tests, bootstrapped, with two tenants in it."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import URL, Engine

from tenants import provision
from tenants.context import TenantRef, bind
from tenants.db import TenantSession, configure, db
from tenants.engine import platform_engine
from tenants.history import History
from tenants.owner import owner_engine, transaction
from tenants.roles import bootstrap
from tenants.urls import RoleUrls, admin, connect, role_urls
from tests.tenants.notes import Author, Note, history_until

MASTER_KEY = b"k" * 32


@dataclass(slots=True)
class World:
    """One bootstrapped database: its logins, the owner's engine, the notes' histories at n0001 and n0002."""

    url: URL
    urls: RoleUrls
    owner: Engine
    platform: Engine
    old: History
    new: History
    names: Iterator[str] = field(default_factory=lambda: (f"shop{number}" for number in range(1, 10_000)))

    def tenant(self, history: History | None = None) -> TenantRef:
        slug = next(self.names)
        return provision.take(self.owner, history or self.new, slug, f"店 {slug}")

    def execute(self, query: Any, values: Any = None) -> list[tuple[Any, ...]]:
        """Run a statement as the owner; rows if it has any."""
        with transaction(self.owner) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def new_database(postgres_url: str) -> Iterator[URL]:
    """An empty database; it and the tenants' roles are gone after the block."""
    name = f"tenancy_{secrets.token_hex(4)}"
    with closing(connect(postgres_url, autocommit=True)) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        url = admin(postgres_url).set(database=name)
        try:
            yield url
        finally:
            roles = _tenant_roles(url)
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            for role in roles:
                server.execute(f"DROP ROLE IF EXISTS {role}")


def _tenant_roles(url: URL) -> list[str]:
    with closing(connect(url)) as connection:
        rows = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^(t|del)_[a-z2-7]{16}$'")
        return ["r_t_" + name.rpartition("_")[2] for (name,) in rows]


@pytest.fixture(scope="session")
def world(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("notes")
    with new_database(postgres_url) as url:
        bootstrap(url, MASTER_KEY)
        urls = role_urls(url, MASTER_KEY)
        owner, platform = owner_engine(urls.owner), platform_engine(urls.platform)
        yield World(
            url,
            urls,
            owner,
            platform,
            history_until(folder / "old", "n0001"),
            history_until(folder / "new", "n0001", "n0002"),
        )
        owner.dispose()
        platform.dispose()


@pytest.fixture(scope="session")
def app(world: World) -> Iterator[Flask]:
    app = Flask("notes")
    app.config["DB_POOL_SIZE"] = 2
    configure(app, SimpleNamespace(database_url=str(world.url.render_as_string(False)), master_key=MASTER_KEY))
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


@pytest.fixture(scope="session")
def shared_pair(world: World, app: Flask) -> tuple[TenantRef, TenantRef]:
    first, second = world.tenant(), world.tenant()
    for ref in (first, second):
        write_note(app, ref, f"secret of {ref.slug}")
    return first, second


@pytest.fixture
def pair(shared_pair: tuple[TenantRef, TenantRef], context: Flask) -> tuple[TenantRef, TenantRef]:
    """Two tenants, each with one author and one note "secret of <slug>", inside an app context."""
    return shared_pair


@pytest.fixture
def session_of() -> Iterator[Callable[[], TenantSession]]:
    """Makes sessions for the tenant bound at the moment; closes them afterwards."""
    made: list[TenantSession] = []

    def make() -> TenantSession:
        made.append(TenantSession(db))
        return made[-1]

    yield make
    for session in made:
        session.close()


@contextmanager
def traced(driver: Any, folder: Path) -> Iterator[list[str]]:
    """Collects the kinds of protocol messages that `driver` sends within the block."""
    kinds: list[str] = []
    with tempfile.NamedTemporaryFile("w+", dir=folder) as file:
        driver.pgconn.trace(file.fileno())
        try:
            yield kinds
        finally:
            driver.pgconn.untrace()
        lines = [line.split("\t") for line in Path(file.name).read_text().splitlines()]
    kinds += [line[3] for line in lines if len(line) > 3 and line[1] == "F"]


def write_note(app: Flask, ref: TenantRef, title: str) -> None:
    with app.app_context(), bind(ref):
        db.session.add(Author(name=f"author of {ref.slug}", notes=[Note(title=title)]))
        db.session.commit()
