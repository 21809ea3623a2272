"""Moving a fleet of schemas: each on its own, reported, resumable."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from tenants import provision
from tenants.errors import MigrationRunning
from tenants.lifecycle import close
from tenants.migrate import Policy, behind, fleet, migrate
from tenants.owner import owner_engine
from tenants.roles import bootstrap
from tenants.urls import connect, role_urls
from tests.tenants.conftest import MASTER_KEY, World, new_database

HASTY = Policy(lock_timeout="50ms", retries=1, backoff=0.01)


@pytest.fixture
def fleet_world(postgres_url, world):
    """A database of its own, so that what is behind is exactly what the test has made."""
    with new_database(postgres_url) as url:
        bootstrap(url, MASTER_KEY)
        urls = role_urls(url, MASTER_KEY)
        owner = owner_engine(urls.owner)
        yield World(url, urls, owner, owner, world.old, world.new)
        owner.dispose()


def columns(world, ref) -> list[str]:
    rows = world.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
        [f"{ref.schema}.note"],
    )
    return [name for (name,) in rows]


def test_locked_and_stale_tenants_are_reported_and_the_rest_moves(fleet_world):
    refs = [fleet_world.tenant(fleet_world.old) for _ in range(20)]
    locked, stale = refs[7], refs[13]
    fleet_world.execute(f"UPDATE {stale.schema}.alembic_version_notes SET version_num = 'n0000'")
    with closing(psycopg.connect(connect_string(fleet_world))) as reader:
        reader.execute(f"LOCK TABLE {locked.schema}.note IN ACCESS SHARE MODE")
        report = migrate(fleet_world.urls.owner, fleet_world.new, HASTY)
    assert (report.ok, report.skipped) == (18, 0)
    assert {failure.key: failure.error for failure in report.failed} == {
        locked.key: "canceling statement due to lock timeout",
        stale.key: "not at n0001",
    }
    assert fleet(fleet_world.owner) == [("notes", "n0001", "failed", 2), ("notes", "n0002", "ok", 18)]
    assert columns(fleet_world, refs[0]) == ["id", "author_id", "title", "mood"]
    assert columns(fleet_world, stale) == ["id", "author_id", "title"]

    touched = []
    again = migrate(
        fleet_world.urls.owner,
        fleet_world.new,
        Policy(backoff=0.01, max_failed=0.5),
        lambda schema, failure: touched.append(schema.key),
    )
    assert sorted(touched) == sorted([locked.key, stale.key])
    assert (again.ok, [failure.key for failure in again.failed]) == (1, [stale.key])


def test_lock_that_goes_away_in_time_is_waited_for(fleet_world):
    ref = fleet_world.tenant(fleet_world.old)
    with closing(psycopg.connect(connect_string(fleet_world))) as reader:
        reader.execute(f"LOCK TABLE {ref.schema}.note IN ACCESS SHARE MODE")
        threading.Timer(0.15, reader.rollback).start()
        report = migrate(fleet_world.urls.owner, fleet_world.new, Policy(lock_timeout="50ms", retries=6, backoff=0.05))
    assert (report.ok, report.failed) == (1, [])


def test_nothing_behind_does_nothing(fleet_world):
    fleet_world.tenant(fleet_world.new)
    report = migrate(fleet_world.urls.owner, fleet_world.new)
    assert (report.ok, report.failed, report.skipped) == (0, [], 0)


def test_failing_canary_stops_before_anybody_else(fleet_world):
    refs = [fleet_world.tenant(fleet_world.old) for _ in range(5)]
    fleet_world.execute("UPDATE platform.tenant SET canary = true WHERE id = %s", [refs[3].id])
    fleet_world.execute(f"UPDATE {refs[3].schema}.alembic_version_notes SET version_num = 'n0000'")
    assert behind(fleet_world.owner, fleet_world.new)[0].key == refs[3].key
    report = migrate(fleet_world.urls.owner, fleet_world.new, HASTY)
    assert (report.ok, [failure.key for failure in report.failed], report.skipped) == (0, [refs[3].key], 4)


def test_tenant_at_a_revision_nobody_knows_is_reported_alone(fleet_world):
    odd, other = fleet_world.tenant(fleet_world.old), fleet_world.tenant(fleet_world.old)
    fleet_world.execute("UPDATE platform.tenant_revision SET revision = 'n9999' WHERE key = %s", [odd.key])
    report = migrate(fleet_world.urls.owner, fleet_world.new, Policy(max_failed=0.5))
    assert (report.ok, [(failure.key, failure.revision) for failure in report.failed]) == (1, [(odd.key, "n9999")])
    assert columns(fleet_world, other) == ["id", "author_id", "title", "mood"]


def test_too_many_failures_stop_the_run(fleet_world):
    refs = [fleet_world.tenant(fleet_world.old) for _ in range(10)]
    for ref in refs[1:]:
        fleet_world.execute(f"UPDATE {ref.schema}.alembic_version_notes SET version_num = 'n0000'")
    report = migrate(fleet_world.urls.owner, fleet_world.new, Policy(workers=1, max_failed=0.2))
    assert (report.ok, len(report.failed), report.skipped) == (1, 3, 6)


def test_new_tables_are_granted_to_their_tenant(fleet_world):
    ref = fleet_world.tenant(fleet_world.old)
    migrate(fleet_world.urls.owner, fleet_world.new)
    rights = "SELECT has_table_privilege(%s, %s, 'SELECT,INSERT,UPDATE,DELETE')"
    assert fleet_world.execute(rights, [ref.role, f"{ref.schema}.tag"]) == [(True,)]


def test_spares_move_too_and_closed_tenants_stay(fleet_world):
    provision.build(fleet_world.owner, fleet_world.old)
    with fleet_world.owner.begin() as owner:
        close(owner, fleet_world.tenant(fleet_world.old))
    provision.build(fleet_world.owner, fleet_world.old)
    assert migrate(fleet_world.urls.owner, fleet_world.new).ok == 1
    assert fleet(fleet_world.owner) == [("notes", "n0002", "ok", 1)]


def test_second_runner_is_refused(fleet_world):
    fleet_world.tenant(fleet_world.old)
    started, go_on = threading.Event(), threading.Event()

    def slowly(schema, failure):
        started.set()
        go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(migrate, fleet_world.urls.owner, fleet_world.new, Policy(), slowly)
        assert started.wait(10)
        with pytest.raises(MigrationRunning):
            migrate(fleet_world.urls.owner, fleet_world.new)
        go_on.set()
        assert first.result(10).ok == 1


def connect_string(world) -> str:
    url = world.urls.owner
    with closing(connect(url)) as connection:
        return f"{connection.info.dsn} password={url.password}"
