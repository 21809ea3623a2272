"""Brings a database to where the product can run: logins, schema `platform`, every tenant at head, spares."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.config import Config
from core.migrations import HISTORY
from core.web.observe import configure_logging
from tenants import migrate as runner
from tenants import roles
from tenants.owner import owning
from tenants.provision import fill_spares
from tenants.urls import role_urls

SPARES = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a preparation did; `failed` has a line per tenant that stayed where it was."""

    migrated: int
    failed: tuple[str, ...]


def prepare(config: Config, progress: Callable[[int, int], None] = lambda done, total: None) -> Prepared:
    """Idempotent. A tenant whose migration fails is reported, not raised: the others shall have their shop.

    `progress(done, total)` is called after each tenant. Raises TenantError, psycopg.Error.
    """
    roles.bootstrap(config.database_url, config.master_key)
    owner = role_urls(config.database_url, config.master_key).owner
    with owning(config) as engine:
        total = len(runner.behind(engine, HISTORY))
        report = runner.migrate(owner, HISTORY, progress=_Count(total, progress)) if total else runner.Report()
        fill_spares(engine, HISTORY, SPARES, low=1)
    return Prepared(report.ok, tuple(f"{failure.key} {failure.revision}: {failure.error}" for failure in report.failed))


class _Count:
    """Tenants done so far; called from the threads of the migration."""

    def __init__(self, total: int, progress: Callable[[int, int], None]) -> None:
        self._done, self._total, self._progress = 0, total, progress
        self._turn = threading.Lock()

    def __call__(self, schema: runner.Behind, failure: runner.Failure | None) -> None:
        with self._turn:
            self._done += 1
            self._progress(self._done, self._total)


def main(arguments: Sequence[str]) -> None:
    """`python -m core.launcher.prepare [demo]`: prepare, then fill the demo shop; tells its parent how far it is.

    A process of its own, because it imports the whole shop and the launcher should not keep it in memory. Each line
    of stdout is a JSON object: `{"step", "done", "total"}`, `{"prepared": true, "failed"}`, `{"logins"}`. Whatever
    else is said, the log too, goes to stderr.
    """
    sys.stdout = sys.stderr
    configure_logging()
    config = Config.from_env()
    prepared = prepare(config, lambda done, total: _tell(step="preparing", done=done, total=total))
    _tell(prepared=True, failed=prepared.failed)
    if "demo" in arguments:
        _fill_demo(config)


def _fill_demo(config: Config) -> None:
    from core import create_app, demo  # not above: a start without the demo shop needs neither

    app = create_app(config)
    demo.ensure(app, lambda done, total: _tell(step="demo", done=done, total=total))
    with app.app_context():
        _tell(logins=demo.logins())


def _tell(**event: object) -> None:
    print(json.dumps(event, ensure_ascii=False), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
