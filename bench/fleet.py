"""Many tenants: what the 300th costs beside the first, and how long one more column takes for all of them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.figures import Figure
from bench.stage import Stage
from core.migrations import HISTORY
from tenants import history as histories
from tenants import provision
from tenants.history import History
from tenants.migrate import migrate
from tenants.urls import role_urls

SAMPLE = 20
ONE_COLUMN = """
from alembic import op
import sqlalchemy as sa

revision, down_revision = "bench1", "{head}"


def upgrade():
    op.add_column("product", sa.Column("bench", sa.Text()))
"""


def measure(stage: Stage, tenants: int) -> list[Figure]:
    """Provision `tenants` schemas one by one, then add a column to all of them the way the runner does."""
    seconds = [_provision(stage, number) for number in range(tenants)]
    first, last = median(seconds[:SAMPLE]), median(seconds[-SAMPLE:])
    start = perf_counter()
    report = _one_more_column(stage)
    migrating = perf_counter() - start
    if report.failed or report.skipped:
        raise RuntimeError(f"migrating failed: {report}")
    return [
        Figure(f"one more column in {report.ok} tenants", migrating, "s", None, migrating, 5.0, at_least=False),
        Figure("provisioning a tenant", last, "s", None, last, 0.5, at_least=False),
        Figure(f"tenant no. {tenants} against the first ones", last, "s", first, last / first, 1.5, at_least=False),
    ]


def _provision(stage: Stage, number: int) -> float:
    start = perf_counter()
    provision.take(stage.owner, HISTORY, f"fleet-{number:04d}", f"Fleet {number}")
    return perf_counter() - start


def _one_more_column(stage: Stage):
    """Migrate everybody along a copy of the shop's history that is one revision longer."""
    with tempfile.TemporaryDirectory() as folder:
        location = Path(folder) / "migrations"
        shutil.copytree(HISTORY.location, location)
        (location / "versions" / "bench1.py").write_text(ONE_COLUMN.format(head=histories.head(HISTORY)))
        longer = History.at("core", location, HISTORY.metadata)
        histories.write_rendered(longer)
        owner = role_urls(stage.config.database_url, stage.config.master_key).owner
        return migrate(owner, longer)
