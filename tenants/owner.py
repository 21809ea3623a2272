"""Connections of the owner's login: the only one that makes, changes and drops schemas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event

from tenants.engine import engine_options, guard_forks, require_server
from tenants.urls import role_urls


def owner_engine(url: str | URL, pool_size: int = 5) -> Engine:
    """An engine of login jishi_owner, without the guards of application code."""
    options = engine_options("owner", pool_size=pool_size)
    del options["connect_args"]["cursor_factory"]
    engine = create_engine(url, **options)
    event.listen(engine, "connect", require_server)
    return guard_forks(engine)


@contextmanager
def owning(config: Any) -> Iterator[Engine]:
    """`owner_engine` of the configured database for as long as the block runs.

    `config` has `database_url` (str) and `master_key` (32 bytes).
    """
    engine = owner_engine(role_urls(config.database_url, config.master_key).owner)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def transaction(engine: Engine) -> Iterator[psycopg.Connection[Any]]:
    """A psycopg connection in one transaction: committed at the end of the block, rolled back by an error."""
    pooled = engine.raw_connection()
    try:
        driver: Any = pooled.driver_connection
        with driver.transaction():
            yield driver
    finally:
        pooled.close()
