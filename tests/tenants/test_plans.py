"""Plans: what may stand in one, who has which, and that the registry notices."""

from __future__ import annotations

import secrets

import pytest
from psycopg.types.json import Jsonb

from tenants import plans
from tenants.errors import NameTaken, UnknownTenant
from tenants.plans import PlanInUse, PlanInvalid, PlanNotFound, Terms
from tenants.plugins import standing
from tenants.registry import Registry


def code() -> str:
    return f"p{secrets.token_hex(6)}"


@pytest.fixture
def connection(world):
    with world.platform.begin() as opened:
        yield opened


def test_plan_is_made_changed_and_deleted(connection):
    made = plans.create(connection, code(), " 小店 ", {"stores": 2, "staff": None, "plugin_names": ["points"]})
    assert (made.name, made.limits, made.tenants) == ("小店", {"stores": 2, "plugin_names": ["points"]}, 0)
    changed = plans.change(connection, made.id, "大店", {})
    assert (changed.code, changed.name, changed.limits) == (made.code, "大店", {})
    plans.delete(connection, made.id)
    with pytest.raises(PlanNotFound):
        plans.find(connection, made.id)


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"shops": 1}, "shops"),
        ({"stores": -1}, "stores"),
        ({"stores": True}, "stores"),
        ({"stores": "3"}, "stores"),
        ({"orders_month": 10**10}, "orders_month"),
        ({"plugins": ["points"]}, "plugins"),
        ({"plugin_names": "points"}, "plugin_names"),
        ({"plugin_names": ["Bad Name"]}, "plugin_names"),
    ],
)
def test_limits_that_are_none_are_refused(limits, field):
    with pytest.raises(PlanInvalid) as found:
        plans.checked(limits)
    assert found.value.field == field


@pytest.mark.parametrize(("given", "name", "field"), [("Bad code", "小店", "code"), ("fine", "  ", "name")])
def test_plan_needs_a_code_and_a_name(connection, given, name, field):
    with pytest.raises(PlanInvalid) as found:
        plans.create(connection, given, name, {})
    assert found.value.field == field


def test_code_of_a_plan_is_unique(connection):
    made = plans.create(connection, code(), "小店", {})
    with pytest.raises(NameTaken):
        plans.create(connection, made.code, "另一个", {})


def test_tenant_without_a_plan_has_no_limits(world, connection):
    found = plans.terms(connection, world.tenant().id)
    assert (found.plan, found.limits, found.most("stores")) == ("", {}, None)


def test_assigning_and_changing_are_noticed_by_the_registry(world):
    ref, registry = world.tenant(), Registry(world.platform, "localhost")
    with world.platform.begin() as connection:
        made = plans.create(connection, code(), "小店", {"stores": 2})
        plans.assign(connection, ref.id, made.id)
    assigned = registry.fresh(ref).settings_version
    with world.platform.begin() as connection:
        plans.change(connection, made.id, "小店", {"stores": 3})
        found = plans.terms(connection, ref.id)
    assert (assigned, registry.fresh(ref).settings_version) == (ref.settings_version + 1, ref.settings_version + 2)
    assert found == Terms("小店", {"stores": 3}, found.contact)


def test_plan_in_use_is_not_deleted(world):
    ref = world.tenant()
    with world.platform.begin() as connection:
        made = plans.create(connection, code(), "小店", {})
        plans.assign(connection, ref.id, made.id)
        with pytest.raises(PlanInUse):
            plans.delete(connection, made.id)
        plans.assign(connection, ref.id, None)
        plans.delete(connection, made.id)


def test_unknown_plan_or_tenant_is_told(world, connection):
    with pytest.raises(PlanNotFound):
        plans.assign(connection, world.tenant().id, 2**40)
    with pytest.raises(UnknownTenant):
        plans.assign(connection, 2**40, None)
    with pytest.raises(UnknownTenant):
        plans.terms(connection, 2**40)


def test_contact_is_told_with_the_terms(world, connection):
    plans.set_contact(connection, " 400-000-0000 ")
    assert plans.terms(connection, world.tenant().id).contact == "400-000-0000"


def test_plugin_names_are_what_the_switches_read(world):
    ref = world.tenant()
    world.execute(
        "WITH plan AS (INSERT INTO platform.plan (code, name, limits) VALUES (%s, '小店', %s) RETURNING id)"
        " UPDATE platform.tenant SET plan_id = plan.id FROM plan WHERE tenant.id = %s",
        [code(), Jsonb({"plugins": 3, "plugin_names": ["points"]}), ref.id],
    )
    found = standing(lambda query, values: world.execute(query, values)[0], ref.key)
    assert found.allowed == frozenset({"points"})
