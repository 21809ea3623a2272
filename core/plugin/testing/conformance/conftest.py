"""Every test runs once per plugin under test; tests of one plugin share a shop that has it on and one that has not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

import core.models  # noqa: F401  (checks of tables look at the core's)
from core.host.registry import KEY
from core.plugin.testing.conformance.stage import Stage, set_up
from core.plugin.testing.conformance.subject import Subject
from core.plugin.testing.selection import known, setup_of, tested
from core.plugin.testing.servers import Servers
from core.plugin.testing.tenant import opened


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "subject" not in metafunc.fixturenames:
        return
    names = tested(metafunc.config)
    if not names:
        raise pytest.UsageError("no plugin is installed; name one with --plugin-module name=module:attr")
    metafunc.parametrize("subject", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest) -> Subject:
    """The plugin under test, as it was found."""
    name = request.param
    return Subject(name, known(request.config)[name], setup_of(request.config, name))


@pytest.fixture(scope="session")
def running(app: Flask, subject: Subject) -> Subject:
    """The plugin under test, mounted on `app`."""
    unfit = app.extensions[KEY].unfit.get(subject.name)
    if unfit is not None:
        pytest.skip(f"{subject.name} is unfit, other tests say why: {'; '.join(unfit.faults)}")
    return subject


@pytest.fixture(scope="session")
def stage(app: Flask, servers: Servers, callbacks: None, running: Subject) -> Iterator[Stage]:
    """Two lively shops, the plugin under test is on in one of them. For tests that switch nothing."""
    with opened(app, servers, "lively") as tenant, opened(app, servers, "silent") as other:
        yield set_up(tenant, other, running, servers.wechat)
