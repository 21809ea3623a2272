"""Schemas built in advance and taken in a moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tenants import provision
from tenants.errors import NameTaken
from tenants.owner import owner_engine, transaction
from tests.tenants.conftest import traced
from tests.tenants.notes import history_until


@pytest.fixture
def no_spares(world):
    with transaction(world.owner) as connection:
        for (key,) in connection.execute("SELECT key FROM platform.spare_schema").fetchall():
            provision.drop(connection, key)


def test_twenty_builds_take_the_same_four_round_trips_each(world, tmp_path, no_spares):
    engine = owner_engine(world.urls.owner, pool_size=1)
    pooled = engine.raw_connection()
    driver = pooled.driver_connection
    pooled.close()
    trips = []
    for _ in range(20):
        with traced(driver, tmp_path) as sent:
            provision.build(engine, world.new)
        trips.append(sum(kind in {"Query", "Sync"} for kind in sent))
    engine.dispose()
    assert trips == [4] * 20  # BEGIN, the script, the spare's row, COMMIT


def test_build_statement_by_statement_makes_the_same_schema(world, no_spares):
    one, other = provision.build(world.owner, world.new), provision.build(world.owner, world.new, mode="statements")
    acl = (
        "SELECT relname, replace(relacl::text, %s, 'key') FROM pg_class"
        " WHERE relnamespace = %s::regnamespace AND relkind = 'r' ORDER BY 1"
    )
    assert world.execute(acl, [one, f"t_{one}"]) == world.execute(acl, [other, f"t_{other}"])
    login = "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s"
    assert world.execute(login, [f"r_t_{one}"]) == [(False,)]
    assert world.execute(login, [f"r_t_{other}"]) == [(True,)]


def test_failed_build_leaves_nothing(world, monkeypatch):
    count = "SELECT (SELECT count(*) FROM platform.tenant_revision), (SELECT count(*) FROM pg_namespace)"
    before = world.execute(count)
    monkeypatch.setattr(provision, "_revision_row", lambda *_: "SELECT 1/0")
    with pytest.raises(Exception, match="division by zero"):
        provision.build(world.owner, world.new)
    assert world.execute(count) == before


def test_fill_spares_builds_up_to_target_only_when_low(world, no_spares):
    assert provision.fill_spares(world.owner, world.new, target=4) == 4
    assert provision.spares_ready(world.owner, world.new) == 4
    world.tenant()
    assert provision.fill_spares(world.owner, world.new, target=4) == 0
    world.tenant()
    assert provision.fill_spares(world.owner, world.new, target=4) == 2


def test_take_uses_a_spare_and_renames_nothing(world, no_spares):
    key = provision.build(world.owner, world.new)
    ref = world.tenant()
    assert (ref.key, ref.status) == (key, "active")
    assert world.execute("SELECT count(*) FROM platform.spare_schema") == [(0,)]


def test_take_without_spare_builds_one(world, no_spares):
    ref = world.tenant()
    assert world.execute("SELECT to_regclass(%s)::text", [f"{ref.schema}.note"]) == [(f"{ref.schema}.note",)]


def test_take_ignores_a_spare_that_is_behind(world, no_spares):
    stale = provision.build(world.owner, world.old)
    assert world.tenant(world.new).key != stale


def test_take_of_a_used_slug_raises_and_keeps_the_spare(world, no_spares):
    ref = world.tenant()
    provision.build(world.owner, world.new)
    with pytest.raises(NameTaken) as refusal:
        provision.take(world.owner, world.new, ref.slug, "again")
    assert (refusal.value.field, refusal.value.status) == ("slug", 409)
    assert provision.spares_ready(world.owner, world.new) == 1


def test_concurrent_takes_get_schemas_of_their_own(world, no_spares):
    provision.fill_spares(world.owner, world.new, target=3, low=3)
    with ThreadPoolExecutor(5) as pool:
        refs = list(pool.map(lambda _: world.tenant(), range(5)))
    assert len({ref.key for ref in refs}) == 5


def test_keys_are_opaque_and_different():
    keys = {provision.new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {16}


def test_plugin_history_is_installed_beside(world, tmp_path):
    ref = world.tenant(world.old)
    other = history_until(tmp_path / "plugin", "n0001")
    plugin = type(other).at("extra", other.location)
    renamed = tuple(
        line.replace("author", "extra_author").replace("note", "extra_note") for line in provision.histories.render(plugin)
    )
    (plugin.rendered / "initial.json").write_text(
        provision.histories._dump(provision.Step("base", "n0001", renamed)), "utf-8"
    )
    provision.install(world.owner, plugin, ref)
    assert world.execute("SELECT history, revision FROM platform.tenant_revision WHERE key = %s ORDER BY 1", [ref.key]) == [
        ("extra", "n0001"),
        ("notes", "n0001"),
    ]
    rights = "SELECT has_table_privilege(%s, %s, 'SELECT,INSERT,UPDATE,DELETE')"
    assert world.execute(rights, [ref.role, f"{ref.schema}.extra_note"]) == [(True,)]
