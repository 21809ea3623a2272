"""A plugin's tables and how it reaches them. All of it is in the tenant's schema; the session belongs to one tenant."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, mapped_column

from core.db import Bigints, Fen, Id, Json, Moment, Qty, Str, Strs, db
from tenants.db import NAMING

__all__ = ["Bigints", "Fen", "Id", "Json", "Moment", "Qty", "Str", "Strs", "core_ref", "own_ref", "session", "tables"]

session = db.session
"""The current tenant's session. Console and storefront views commit it themselves; hooks, handlers and jobs never do."""


def tables(name: str) -> type[DeclarativeBase]:
    """The base class of plugin `name`'s models. Every table's name starts with `name_`."""
    metadata = MetaData(naming_convention=NAMING, info={"plugin": name})
    return type("Base", (DeclarativeBase,), {"metadata": metadata, "__abstract__": False, "__module__": __name__})


def own_ref(target: str, on_delete: str = "CASCADE", **kwargs: Any) -> Any:
    """A bigint column that refers to `name_table.id` of the same plugin."""
    return mapped_column(BigInteger, ForeignKey(target, ondelete=on_delete), **kwargs)


def core_ref(base: type[DeclarativeBase], target: str, on_delete: str = "CASCADE", **kwargs: Any) -> Any:
    """A bigint column that refers to `table.id` of the core (buyer, store, product, sku, orders, staff).

    The core's class is out of reach on purpose: a relationship to it would break every tenant without your tables.
    """
    table, _, column = target.partition(".")
    known = base.metadata.tables.get(table)
    if known is None:
        known = Table(table, base.metadata, Column(column, BigInteger, primary_key=True), info={"core": True})
    return mapped_column(BigInteger, ForeignKey(known.c[column], ondelete=on_delete), **kwargs)
