"""COPY into the tenant's tables, inside the session's transaction; the ids that it gave are read back by what is unique.

The shop's role may not draw from sequences itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text

from core.db import db


def put(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Append rows; `columns` is the list as SQL writes it. Both are ours, never input."""
    connection = db.session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def ids(statement: str, keys: Sequence[Any]) -> dict[Any, int]:
    """Key → id, of a statement that gives both of every row that `:keys` names."""
    return dict(db.session.execute(text(statement), {"keys": list(keys)}).all())
