"""Rows in memory, journaled to SQLite at the end of every change so that a killed process forgets nothing."""

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import orjson

from simulator.models import ROWS

_SCHEMA = "CREATE TABLE IF NOT EXISTS rows (kind TEXT, key TEXT, body BLOB, PRIMARY KEY (kind, key))"
_UPSERT = "INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"


class Store:
    """One dictionary per row class, one lock, one journal.

    Change rows only inside :meth:`change`; what was saved there is on disk before it returns.
    """

    def __init__(self, folder: Path | None):
        self.lock = threading.RLock()
        self._rows = {cls: {} for cls in ROWS}
        self._dirty: dict[tuple, object] = {}
        self._depth = 0
        self._db = _open(folder)
        self._load()

    def table(self, cls: type) -> dict:
        """Live rows of a class by key, oldest first."""
        return self._rows[cls]

    def get(self, cls: type, key: str):
        """The row, or None."""
        return self._rows[cls].get(key)

    def all(self, cls: type) -> list:
        """A copy of the rows, oldest first."""
        with self.lock:
            return list(self._rows[cls].values())

    def save(self, row) -> None:
        """Insert or update a row."""
        cls, key = type(row), row.key
        self._rows[cls][key] = row
        self._dirty[cls, key] = row

    def delete(self, row) -> None:
        """Forget a row."""
        cls, key = type(row), row.key
        self._rows[cls].pop(key, None)
        self._dirty[cls, key] = None

    def clear(self, *classes: type) -> None:
        """Forget every row of these classes."""
        for cls in classes:
            for row in list(self._rows[cls].values()):
                self.delete(row)

    @contextmanager
    def change(self):
        """Hold the lock; write what was saved when the outermost block ends, also when it raises."""
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._flush()

    def close(self) -> None:
        """Close the journal."""
        with self.lock:
            self._flush()
            self._db.close()

    def _flush(self) -> None:
        if not self._dirty:
            return
        saved = [(c.__name__, k, orjson.dumps(row)) for (c, k), row in self._dirty.items() if row is not None]
        gone = [(c.__name__, k) for (c, k), row in self._dirty.items() if row is None]
        self._dirty.clear()
        with self._db:
            self._db.executemany(_UPSERT, saved)
            self._db.executemany("DELETE FROM rows WHERE kind = ? AND key = ?", gone)

    def _load(self) -> None:
        classes = {cls.__name__: cls for cls in ROWS}
        for kind, body in self._db.execute("SELECT kind, body FROM rows ORDER BY rowid"):
            row = _restore(classes[kind], orjson.loads(body))
            self._rows[type(row)][row.key] = row


def _restore(cls: type, data: dict):
    known = {f.name for f in fields(cls)}
    return cls(**{name: value for name, value in data.items() if name in known})


def _open(folder: Path | None) -> sqlite3.Connection:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    path = ":memory:" if folder is None else str(folder / "simulator.sqlite3")
    db = sqlite3.connect(path, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    # A write() reaches the kernel before the answer goes out: enough against kill -9, and much cheaper than fsync.
    db.execute("PRAGMA synchronous = OFF")
    db.execute(_SCHEMA)
    return db
