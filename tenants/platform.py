"""The history of schema `platform` itself."""

from __future__ import annotations

from pathlib import Path

from tenants import models as models  # registers the tables
from tenants.db import PLATFORM, db
from tenants.history import History

HISTORY = History.at(PLATFORM, Path(__file__).parent / "migrations", db.metadatas[PLATFORM])
