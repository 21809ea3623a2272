"""Five hundred tenants with six histories each, all at head: how long the runner takes to see that nothing is to do."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from bench.figures import Figure
from bench.stage import Stage
from core.migrations import HISTORY
from tenants import history as histories
from tenants.history import History
from tenants.migrate import migrate_any
from tenants.owner import transaction
from tenants.urls import role_urls

PLUGINS = 5
HEAD = "h0001"
_ROWS = """
    INSERT INTO platform.tenant_revision (key, history, revision)
    SELECT 'made' || n, history, revision
    FROM generate_series(1, %s) n, unnest(%s::text[], %s::text[]) AS h(history, revision)
"""


def measure(stage: Stage, tenants: int) -> list[Figure]:
    """Rows for made-up tenants, then the whole run of the migration over all histories."""
    owner = role_urls(stage.config.database_url, stage.config.master_key).owner
    with tempfile.TemporaryDirectory() as folder, _fleet(stage, tenants, _made_up(Path(folder))) as known:
        start = perf_counter()
        report = migrate_any(owner, known)
        seconds = perf_counter() - start
    if report.ok or report.failed or report.skipped:
        raise RuntimeError(f"there was something to do: {report}")
    name = f"nothing to do for {tenants} tenants × {len(known)} histories"
    return [Figure(name, seconds, "s", None, seconds, 2.0, at_least=False)]


def _made_up(folder: Path) -> list[History]:
    """The core's history and those of plugins that have one revision."""
    known = [HISTORY]
    for number in range(PLUGINS):
        rendered = folder / f"made{number}" / "rendered"
        rendered.mkdir(parents=True)
        (rendered / "initial.json").write_text(json.dumps({"start": "base", "end": HEAD, "statements": []}))
        known.append(History.at(f"made{number}", rendered.parent))
    return known


@contextmanager
def _fleet(stage: Stage, tenants: int, known: list[History]) -> Iterator[list[History]]:
    heads = [histories.initial(history).end for history in known]
    with transaction(stage.owner) as connection:
        connection.execute(_ROWS, [tenants, [history.name for history in known], heads])
        connection.execute("ANALYZE platform.tenant_revision")
    try:
        yield known
    finally:
        with transaction(stage.owner) as connection:
            connection.execute("DELETE FROM platform.tenant_revision WHERE starts_with(key, 'made')")
