"""Pytest plugin (`-p tests.servers`): servers for the whole run, and no skip that nobody sees.

`DATABASE_URL_TEST` (a superuser's) and `REDIS_URL_TEST` name servers to use instead; what is in them may be lost.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from xdist.scheduler import LoadScopeScheduling

from core.launcher.throwaway import Throwaway, throwaway_servers
from core.plugin.testing.logs import log_plainly

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


@pytest.fixture(scope="session")
def throwaway() -> Iterator[Throwaway]:
    """A PostgreSQL and a Valkey of this run's own; every pytest process has a pair."""
    with throwaway_servers() as servers:
        yield servers


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """A superuser's URL; tests make databases of their own there."""
    return os.environ.get("DATABASE_URL_TEST") or request.getfixturevalue("throwaway").database_url


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """Database 0 of a Valkey."""
    return os.environ.get("REDIS_URL_TEST") or request.getfixturevalue("throwaway").redis_url


BROWSER = "tests/browser/"
LONG = ("tests/interplay/", "tests/docs/", "tests/examples/", BROWSER, "tests/kit/", "tests/launcher/")
"""What takes minutes: begun first, so that nobody waits for the last of them alone."""


def pytest_configure() -> None:
    log_plainly()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What was imported stays: the garbage collector need not look at it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((at for at, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG)))


class Scheduling(LoadScopeScheduling):
    """A file's tests run in one process; those before a browser in one for all, which start a browser and a shop."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    return Scheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was skipped and why, without being asked."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section(f"skipped: {len(skipped)}")
    for report in skipped:
        terminalreporter.line(f"{report.nodeid}: {report.longrepr[2] if report.longrepr else ''}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI set, a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
