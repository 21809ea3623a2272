"""The shop's own history: clean, rendered, and the same by every way."""

from __future__ import annotations

import pytest
from alembic import command

import core.models  # noqa: F401  (the metadata must be complete)
from core.migrations import HISTORY
from tenants import history as histories
from tenants import provision
from tenants.lint import lint
from tenants.owner import transaction
from tenants.template import catalogue, template_schema


def test_models_keep_the_rules():
    assert lint(HISTORY.metadata) == []


def test_scripts_keep_the_rules_and_are_up_to_date():
    assert histories.outdated(HISTORY) == []
    assert [problem for step in histories.render_all(HISTORY).values() for problem in lint(step.statements)] == []


def test_models_match_the_revisions(world):
    with template_schema(world.url, HISTORY) as (connection, schema):
        histories.online(HISTORY, connection, schema, command.check)


@pytest.mark.parametrize("way", ["initial", "steps"])
def test_scripts_lead_where_alembic_leads(world, way):
    initial = histories.initial(HISTORY)
    steps = [initial] if way == "initial" else histories.path(HISTORY, histories.BASE, initial.end)
    with template_schema(world.url, HISTORY) as (connection, schema):
        by_alembic = catalogue(connection, schema)
    with transaction(world.owner) as connection:
        key = provision.build_in(connection, HISTORY, steps)
    with world.owner.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path = t_{key}")
        assert catalogue(connection, f"t_{key}") == by_alembic


def test_schema_built_statement_by_statement_passes_the_audit(world):
    key = provision.build(world.owner, HISTORY, mode="statements")
    with transaction(world.owner) as connection:
        assert [problem for problem in lint(connection) if key in problem] == []
