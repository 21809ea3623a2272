"""Rendered scripts: one statement per element, the same schema as by Alembic, guarded steps."""

from __future__ import annotations

import json
import shutil

import pytest
from alembic import command
from alembic.util.exc import CommandError

from tenants import history as histories
from tenants import platform, replay
from tenants.errors import HistoryError
from tenants.history import BASE, Step
from tenants.lint import lint
from tenants.owner import transaction
from tenants.provision import new_key
from tenants.template import catalogue, template_schema


def replayed(connection, history, steps):
    schema = f"template_{new_key()}"
    connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    connection.exec_driver_sql(f"SET LOCAL search_path = {schema}")
    for step in steps:
        guards = [] if step.start == BASE else [replay.guard(history.version_table, step.start)]
        for statement in [*guards, *step.statements]:
            connection.connection.driver_connection.execute(statement)
    return catalogue(connection, schema)


def test_initial_script_and_steps_lead_where_alembic_leads(world):
    history = world.new
    with template_schema(world.url, history) as (connection, schema):
        by_alembic = catalogue(connection, schema)
        by_script = replayed(connection, history, [histories.initial(history)])
        by_steps = replayed(connection, history, histories.path(history, BASE, "n0002"))
    assert len(by_alembic) > 15
    assert by_script == by_alembic
    assert by_steps == by_alembic


def test_platform_scripts_lead_where_alembic_leads(world):
    with template_schema(world.url, platform.HISTORY) as (connection, schema):
        by_alembic = catalogue(connection, schema)
    with world.owner.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path = {schema}")
        assert catalogue(connection, schema) == by_alembic


def test_models_of_the_platform_match_its_revisions(world):
    with template_schema(world.url, platform.HISTORY) as (connection, schema):
        histories.online(platform.HISTORY, connection, schema, command.check)


def test_comparison_sees_what_the_models_have_more(world):
    with template_schema(world.url, world.new) as (connection, schema):
        histories.online(world.new, connection, schema, command.check)
    with template_schema(world.url, world.old) as (connection, schema), pytest.raises(CommandError) as found:
        histories.online(world.old, connection, schema, command.check)
    assert [part for part in ("add_table", "add_column", "remove_") if part in str(found.value)] == [
        "add_table",
        "add_column",
    ]


def test_rendered_files_of_the_platform_are_up_to_date():
    assert histories.outdated(platform.HISTORY) == []


def test_rendered_statements_are_single_and_keep_special_characters(world):
    initial = histories.initial(world.new)
    assert (initial.start, initial.end) == (BASE, "n0002")
    assert lint(initial.statements) == []
    assert initial.statements[0].startswith("CREATE TABLE alembic_version_notes")
    assert "ALTER TABLE note ADD COLUMN mood TEXT DEFAULT '50% it''s :x' NOT NULL" in initial.statements
    assert [line.rstrip(";") for line in initial.statements] == list(initial.statements)


def test_step_files_form_the_chain(world):
    steps = histories.path(world.new, BASE, "n0002")
    assert [(step.start, step.end) for step in steps] == [("base", "n0001"), ("n0001", "n0002")]
    assert histories.path(world.new, "n0002", "n0002") == []


def test_outdated_names_changed_and_missing_and_left_over_files(world, tmp_path):
    shutil.copytree(world.new.location, tmp_path / "copy")
    history = histories.History.at("notes", tmp_path / "copy", world.new.metadata)
    (history.rendered / "initial.json").write_text("{}")
    (history.rendered / "base__n0001.json").unlink()
    (history.rendered / "old__older.json").write_text("{}")
    assert histories.outdated(history) == ["base__n0001.json", "initial.json", "old__older.json"]
    histories.write_rendered(history)
    assert histories.outdated(history) == []


def test_missing_step_raises(world):
    with pytest.raises(HistoryError, match="没有从 n0009 到 n0002"):
        histories.path(world.new, "n0009", "n0002")


def test_two_heads_raise(world, tmp_path):
    shutil.copytree(world.new.location, tmp_path / "copy")
    source = tmp_path / "copy" / "versions" / "n0002_tags.py"
    source.with_name("n0003_other.py").write_text(source.read_text("utf-8").replace('"n0002"', '"n0003"'), "utf-8")
    with pytest.raises(HistoryError, match="多个最新版本"):
        histories.render(histories.History.at("notes", tmp_path / "copy"))


def test_empty_history_renders_to_nothing(tmp_path):
    (tmp_path / "versions").mkdir()
    history = histories.History.at("empty", tmp_path)
    assert histories.render(history) == []
    assert histories.chain(history) == [BASE]


def test_rendered_file_is_a_list_of_statements(world):
    body = json.loads((world.new.rendered / "n0001__n0002.json").read_text("utf-8"))
    assert list(body) == ["start", "end", "statements"]
    assert body["statements"][-1] == (
        "UPDATE alembic_version_notes SET version_num='n0002' WHERE alembic_version_notes.version_num = 'n0001'"
    )


def test_guard_stops_a_step_at_another_revision(world):
    ref = world.tenant()
    with pytest.raises(Exception, match="not at n0001"), transaction(world.owner) as connection:
        replay.run_script(connection, [replay.enter(ref.schema), replay.guard("alembic_version_notes", "n0001")])


def test_grants_name_every_created_table_but_the_version_table(world):
    step = histories.initial(world.new)
    assert replay.grants(step, world.new, "r_t_x") == [
        'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "author", "note", "tag" TO r_t_x'
    ]
    assert replay.grants(Step("a", "b", ("ALTER TABLE note ADD x int",)), world.new, "r_t_x") == []
