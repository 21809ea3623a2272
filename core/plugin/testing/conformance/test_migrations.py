"""Group 5: one history, there and back: what the scripts make is what the models say, and purging leaves nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from core.host.loading import history_of
from core.plugin.testing.conformance.sources import imports
from core.plugin.testing.conformance.subject import Subject
from core.plugin.testing.servers import Servers
from core.plugin.testing.tenant import Tenant
from tenants import history as histories
from tenants import plugins as installed
from tenants import replay
from tenants.history import History
from tenants.lint import lint
from tenants.owner import transaction
from tenants.template import catalogue

ALLOWED = {"alembic", "sqlalchemy"}


@pytest.fixture
def history(subject: Subject) -> History:
    """The plugin's revisions; without tables there is nothing to test."""
    found = history_of(subject.plugin)
    if found is None:
        pytest.skip(f"{subject.name} has no tables")
    return found


def test_there_is_one_head(history):
    assert histories.head(history) != histories.BASE, "there are tables, but no revision makes them"


def test_rendered_scripts_are_up_to_date(history):
    assert histories.outdated(history) == [], "run `jishi plugin render`"


def test_scripts_keep_to_their_own_tables(history):
    steps = histories.render_all(history).values()
    assert list(dict.fromkeys(p for step in steps for p in lint(step.statements, history.name))) == []


def test_migrations_import_nothing_that_will_change(subject):
    found = [
        f"{path.name}:{item.line} imports {item.name}: a migration must do the same for ever"
        for path in subject.revisions()
        for item in imports(path, path.stem)
        if item.relative or item.name.partition(".")[0] not in ALLOWED | set(sys.stdlib_module_names)
    ]
    assert found == [], "\n".join(found)


def test_there_and_back_and_there_again(history, running, servers, tenant):
    made = brought_to_head(tenant, servers, history)
    assert differences(servers, tenant, history) == [], "models and migrations differ"
    assert purged(tenant, servers, history) == [], "purging left tables"
    assert stepped_to_head(tenant, servers, history) == made, "step by step makes something else than initial.json"
    assert purged(tenant, servers, history) == [], "purging left tables"
    assert brought_to_head(tenant, servers, history) == made


def brought_to_head(tenant: Tenant, servers: Servers, history: History) -> list[tuple[object, ...]]:
    with transaction(servers.owner) as connection:
        installed.install(connection, history, tenant.ref, None)
    return own_catalogue(servers, tenant, history)


def stepped_to_head(tenant: Tenant, servers: Servers, history: History) -> list[tuple[object, ...]]:
    with transaction(servers.owner) as connection:
        for step in histories.path(history, histories.BASE, histories.initial(history).end):
            statements = replay.step_statements(step, history, tenant.ref.role)
            replay.run_script(connection, [replay.enter(tenant.ref.schema), *statements])
    return own_catalogue(servers, tenant, history)


def purged(tenant: Tenant, servers: Servers, history: History) -> list[str]:
    """The plugin's tables that are left."""
    with transaction(servers.owner) as connection:
        installed.drop_tables(connection, tenant.ref, history.name, ())
        return list(installed.own_tables(connection, tenant.ref, history.name))


def own_catalogue(servers: Servers, tenant: Tenant, history: History) -> list[tuple[object, ...]]:
    with servers.owner.connect() as connection:
        enter(connection, tenant)
        return [row for row in catalogue(connection, tenant.ref.schema) if str(row[1]).startswith(f"{history.name}_")]


def differences(servers: Servers, tenant: Tenant, history: History) -> list[str]:
    """What autogenerate would write into a new revision."""

    def ours(thing: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
        return kind != "table" or (name or "").startswith(f"{history.name}_")

    with servers.owner.connect() as connection:
        enter(connection, tenant)
        connection.dialect.default_schema_name = tenant.ref.schema
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        return [line for found in compare_metadata(context, history.metadata) for line in told(found)]


def enter(connection: Connection, tenant: Tenant) -> None:
    connection.exec_driver_sql(replay.enter(tenant.ref.schema))


def told(found: tuple | list) -> Iterator[str]:
    """A difference in words: `add_column lottery_ticket.note`."""
    if isinstance(found, list):
        for each in found:
            yield from told(each)
        return
    verb, *things = found
    names = [getattr(thing, "name", thing) for thing in things]
    yield " ".join([verb, *(str(name) for name in names if name not in (None, {}))])
