"""Plugins' histories beside the core's: who is behind, found out at once for everybody."""

from __future__ import annotations

from time import perf_counter

import pytest
from sqlalchemy import event

from tenants import history as histories
from tenants import provision
from tenants.errors import MigrationTrespass
from tenants.history import History
from tenants.lint import lint
from tenants.migrate import Policy, behind_any, migrate_any
from tenants.owner import transaction
from tenants.plugins import install
from tests.tenants.conftest import World
from tests.tenants.test_migrate import fleet_world  # noqa: F401 - a fixture


def history(folder, name: str, statement: str = "CREATE TABLE {name}_thing (id bigint PRIMARY KEY)") -> History:
    """A plugin's history of one revision, rendered by hand."""
    made = History.at(name, folder / name)
    made.rendered.mkdir(parents=True)
    version = f"CREATE TABLE alembic_version_{name} (version_num varchar(32) PRIMARY KEY)"
    filled = f"INSERT INTO alembic_version_{name} (version_num) VALUES ('a1')"
    step = histories.Step("base", "a1", (version, statement.format(name=name), filled))
    (made.rendered / "initial.json").write_text(histories._dump(step))
    return made


def test_nothing_to_do_for_500_shops_and_6_histories_is_one_quick_query(fleet_world: World, tmp_path):  # noqa: F811
    known = [fleet_world.new, *(history(tmp_path, f"plug{number}") for number in range(5))]
    fleet_world.execute(
        "INSERT INTO platform.tenant_revision (key, history, revision)"
        " SELECT 'k' || n, h, CASE h WHEN 'notes' THEN 'n0002' ELSE 'a1' END"
        " FROM generate_series(1, 500) n, unnest(%s::text[]) h",
        [[each.name for each in known]],
    )
    started = perf_counter()
    report = migrate_any(fleet_world.urls.owner, known)
    assert perf_counter() - started < 2
    assert (report.ok, report.failed, report.skipped) == (0, [], 0)
    asked = []
    event.listen(fleet_world.owner, "checkout", lambda *args: asked.append(1))
    assert behind_any(fleet_world.owner, known) == {each.name: [] for each in known}
    assert len(asked) == 1


def test_core_and_plugins_move_in_one_run(fleet_world: World, tmp_path):  # noqa: F811
    refs = [fleet_world.tenant(fleet_world.old) for _ in range(3)]
    plug = history(tmp_path, "plug")
    with transaction(fleet_world.owner) as connection:
        install(connection, plug, refs[0], None)
    fleet_world.execute("UPDATE platform.tenant_revision SET revision = 'a0' WHERE history = 'plug'")
    fleet_world.execute(f"UPDATE {refs[0].schema}.alembic_version_plug SET version_num = 'a0'")
    step = histories.Step("a0", "a1", ("UPDATE alembic_version_plug SET version_num = 'a1'",))
    (plug.rendered / "a0__a1.json").write_text(histories._dump(step))
    waiting = behind_any(fleet_world.owner, [fleet_world.new, plug])
    assert {name: len(schemas) for name, schemas in waiting.items()} == {"notes": 3, "plug": 1}
    assert migrate_any(fleet_world.urls.owner, [fleet_world.new, plug]).ok == 4
    assert not any(behind_any(fleet_world.owner, [fleet_world.new, plug]).values())


def test_core_that_fails_keeps_plugins_waiting(fleet_world: World, tmp_path):  # noqa: F811
    refs = [fleet_world.tenant(fleet_world.old) for _ in range(2)]
    plug = history(tmp_path, "plug")
    for ref in refs:
        fleet_world.execute(f"UPDATE {ref.schema}.alembic_version_notes SET version_num = 'n0000'")
        fleet_world.execute("INSERT INTO platform.tenant_revision VALUES (%s, 'plug', 'a0')", [ref.key])
    report = migrate_any(fleet_world.urls.owner, [fleet_world.new, plug], Policy(workers=1, max_failed=0))
    assert (report.ok, len(report.failed), report.skipped) == (0, 1, 3)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE note ADD COLUMN {name}_x bigint",
        "DROP TABLE {name}_thing, note",
        "CREATE INDEX ix_x ON note (title)",
        "DELETE FROM note",
        "DO $$ BEGIN END $$",
        "CREATE TABLE thing (id bigint PRIMARY KEY)",
        "DROP INDEX ix_note_author_id",
    ],
)
def test_statement_about_others_is_not_run(world: World, tmp_path, statement):
    ref = world.tenant()
    plug = history(tmp_path, "plug", statement)
    with pytest.raises(MigrationTrespass), transaction(world.owner) as connection:
        install(connection, plug, ref, None)
    assert world.execute("SELECT 1 FROM platform.tenant_revision WHERE key = %s AND history = 'plug'", [ref.key]) == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE plug_a (id BIGINT, CONSTRAINT pk_plug_a PRIMARY KEY (id))",
        "CREATE UNIQUE INDEX uq_plug_a_x ON plug_a (x)",
        "ALTER TABLE plug_a ADD COLUMN x BIGINT",
        "DROP INDEX ix_plug_a_x",
        "DROP TABLE plug_a",
        "UPDATE plug_a SET x = 1",
        "INSERT INTO plug_a SELECT id FROM note",
        "DELETE FROM plug_a",
        "COMMENT ON COLUMN plug_a.x IS 'x'",
        "UPDATE alembic_version_plug SET version_num = 'a2'",
    ],
)
def test_statement_about_ones_own_is_clean(statement):
    assert lint([statement], "plug") == []


def test_install_grants_the_tables_to_the_shop(world: World, tmp_path):
    ref = world.tenant()
    with transaction(world.owner) as connection:
        assert install(connection, history(tmp_path, "plug"), ref, None) == "a1"
        assert install(connection, history(tmp_path / "again", "plug"), ref, "a1") is None
    rights = "SELECT has_table_privilege(%s, %s, 'SELECT,INSERT,UPDATE,DELETE')"
    assert world.execute(rights, [ref.role, f"{ref.schema}.plug_thing"]) == [(True,)]


def test_provision_and_plugins_build_the_same(world: World, tmp_path):
    one, other = world.tenant(), world.tenant()
    plug = history(tmp_path, "plug")
    provision.install(world.owner, plug, one)
    with transaction(world.owner) as connection:
        install(connection, plug, other, None)
    query = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relname LIKE '%%plug%%' ORDER BY 1"
    assert world.execute(query, [one.schema]) == world.execute(query, [other.schema])
