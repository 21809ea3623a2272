"""What a block sends to PostgreSQL, and what a statement of it costs there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from core.db import db


@contextmanager
def sent() -> Iterator[list[tuple[str, Any]]]:
    """Statements with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        found.append((statement, parameters))

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def blocks(connection: Connection, statement: str, parameters: Any) -> int:
    """How many blocks of tables and indexes PostgreSQL looks at for a statement."""
    plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
    top = plan.scalar_one()[0]["Plan"]
    return top["Shared Hit Blocks"] + top["Shared Read Blocks"]
