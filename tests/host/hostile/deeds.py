"""What a bad hook may do. Each takes the hook's arguments by name."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Mapped

from core.plugin.data import Id, Str, session, tables

Base = tables("puppet")


class Thing(Base):
    """A table that no tenant has."""

    __tablename__ = "puppet_thing"

    id: Mapped[Id]
    name: Mapped[Str]


class Ugly(Exception):
    """Not even its text can be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def raises(**_: Any) -> Any:
    raise RuntimeError("broken")


def raises_ugly(**_: Any) -> Any:
    raise Ugly


def exits(**_: Any) -> Any:
    sys.exit(3)


def poisons(**_: Any) -> Any:
    return session.execute(text("SELECT 1 / 0")).all()


def swallows(**_: Any) -> Any:
    with suppress(Exception):
        session.execute(text("SELECT 1 / 0"))
    return []


def inserts(**_: Any) -> Any:
    session.execute(text("INSERT INTO shop_setting (name, value, updated_at) VALUES ('evil', '1', now())"))
    return []


def updates(**_: Any) -> Any:
    session.execute(text("UPDATE sku SET list_price_fen = 1"))
    return []


def adds(**_: Any) -> Any:
    session.add(Thing(name="left behind"))
    return []


def flushes(**_: Any) -> Any:
    session.add(Thing(name="flushed"))
    with suppress(Exception):
        session.flush()
    return []


def autoflushes(**_: Any) -> Any:
    session.add(Thing(name="flushed by the way"))
    session.execute(text("SELECT count(*) FROM sku"))
    return []


def commits(**_: Any) -> Any:
    session.commit()
    return []


def rolls_back(**_: Any) -> Any:
    session.rollback()
    return []


def closes(**_: Any) -> Any:
    session.remove()
    return []


def leaves_savepoint(**_: Any) -> Any:
    session.begin_nested()
    session.execute(text("SELECT 1"))
    return []


def hides_savepoint(**_: Any) -> Any:
    with suppress(Exception):
        session.begin_nested()
    with suppress(Exception):
        session.execute(text("SELECT 1"))
    return []


def changes_settings(**_: Any) -> Any:
    session.execute(text("SET LOCAL search_path = public"))
    return []


def changes_settings_by_function(**_: Any) -> Any:
    session.execute(text("SELECT set_config('search_path', 'public', true), set_config('statement_timeout', '1', true)"))
    return []


def mutates(ctx: Any, **arguments: Any) -> Any:
    object.__setattr__(ctx, "tenant", "another")
    for line in getattr(arguments.get("cart"), "lines", ()):
        object.__setattr__(line, "amount_fen", 0)
    return []


def sleeps_in_sql(**_: Any) -> Any:
    session.execute(text("SELECT pg_sleep(30)"))
    return []


def sleeps(**_: Any) -> Any:
    time.sleep(0.03)
    return []
