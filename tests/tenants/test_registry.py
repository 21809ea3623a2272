"""Finding tenants by host, appid, key, token, slug and id."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from tenants import addresses, lifecycle
from tenants.errors import NameTaken, TenantClosed, TenantMoving, TenantSuspended, UnknownTenant
from tenants.registry import Registry, normal_host, require_active


@pytest.fixture
def registry(world) -> Registry:
    return Registry(world.platform, "Shops.Example", ttl=60)


@pytest.fixture
def queries(world):
    """Statements that reach the platform's engine."""
    sent: list[str] = []

    def note(connection, cursor, statement, *_):
        sent.append(statement)

    event.listen(world.platform, "before_cursor_execute", note)
    yield sent
    event.remove(world.platform, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "form", ["{0}.shops.example", "{0}.SHOPS.example:8000", " {0}.shops.example. ", "{0}.shops.example:"]
)
def test_host_of_a_slug(world, registry, form):
    ref = world.tenant()
    assert registry.by_host(form.format(ref.slug)) == ref


def test_host_of_an_appid(world, registry):
    ref = world.tenant()
    appid = f"wx{ref.id:016x}"
    assert addresses.add_appid(world.platform, ref.id, appid) == appid
    assert registry.by_host(f"{appid}.shops.example") == ref
    assert registry.by_appid(appid) == ref


def test_host_of_its_own_in_any_spelling(world, registry):
    ref = world.tenant()
    assert addresses.add_host(world.platform, ref.id, "集市.Example:443") == "xn--7sto77j.example"
    assert registry.by_host("xn--7sto77j.example") == ref
    assert registry.by_host("集市.EXAMPLE") == ref


@pytest.mark.parametrize(
    "host",
    ["", "shops.example", ".shops.example", "nobody.shops.example", "a.b.shops.example", "x" * 300, "[::1]:8000"]
    + ["nul\x00.shops.example", "a..b", "\ud800.shops.example", "'; DROP SCHEMA platform", "shop1.shops.example.evil"],
)
def test_unknown_host_is_none(registry, host):
    assert registry.by_host(host) is None


def test_key_slug_id_and_token(world, registry):
    ref = world.tenant()
    token = addresses.callback_token(world.platform, ref.id, "pay")
    assert len(token) == 32
    assert addresses.callback_token(world.platform, ref.id, "pay") == token
    assert addresses.callback_token(world.platform, ref.id, "refund") != token
    found = [
        registry.by_key(ref.key),
        registry.by_slug(ref.slug),
        registry.by_id(ref.id),
        registry.by_callback_token(token),
    ]
    assert found == [ref] * 4


@pytest.mark.parametrize("value", [0, -1, 2**63, 10**30])
def test_impossible_id_is_none(registry, value):
    assert registry.by_id(value) is None


def test_answers_are_cached_until_invalidated_also_unknown_ones(world, registry, queries):
    ref = world.tenant()
    for _ in range(3):
        assert registry.by_slug(ref.slug) == ref
        assert registry.by_slug("nobody") is None
    assert len(queries) == 2
    registry.invalidate()
    registry.by_slug(ref.slug)
    assert len(queries) == 3


def test_entries_expire(world, queries):
    registry = Registry(world.platform, "shops.example", ttl=0)
    registry.by_slug("nobody")
    registry.by_slug("nobody")
    assert len(queries) == 2


def test_status_is_told_apart(world):
    registry = Registry(world.platform, "shops.example", ttl=0)
    suspended, moving, closed = world.tenant(), world.tenant(), world.tenant()
    with world.platform.begin() as connection:
        lifecycle.suspend(connection, suspended)
        lifecycle.start_move(connection, moving)
    with world.owner.begin() as owner:
        lifecycle.close(owner, closed)
    statuses = [registry.by_slug(ref.slug).status for ref in (suspended, moving, closed)]
    assert statuses == ["suspended", "moving", "closed"]
    for ref, refusal in ((suspended, TenantSuspended), (moving, TenantMoving), (closed, TenantClosed)):
        with pytest.raises(refusal):
            require_active(registry.by_slug(ref.slug))
    with pytest.raises(UnknownTenant):
        require_active(registry.by_slug("nobody"))
    assert not {ref.id for ref in registry.active()} & {suspended.id, moving.id, closed.id}


def test_tenant_without_schema_is_not_found(world, registry):
    world.execute("INSERT INTO platform.tenant (slug, name) VALUES ('waiting', 'x')")
    assert registry.by_slug("waiting") is None


def test_settings_version_is_part_of_the_reference(world):
    registry = Registry(world.platform, "shops.example", ttl=0)
    ref = world.tenant()
    assert addresses.bump_settings_version(world.platform, ref.id) == 1
    assert registry.by_id(ref.id).settings_version == 1
    with pytest.raises(UnknownTenant):
        addresses.bump_settings_version(world.platform, 10**9)


def test_address_of_another_tenant_is_taken(world):
    first, second = world.tenant(), world.tenant()
    host = f"{first.key}.example"
    assert addresses.add_host(world.platform, first.id, host) == addresses.add_host(world.platform, first.id, host)
    with pytest.raises(NameTaken):
        addresses.add_host(world.platform, second.id, host.upper())


@pytest.mark.parametrize(
    ("host", "normal"),
    [("A.Example:80", "a.example"), ("a.example.", "a.example"), ("东北.中国", "xn--xhq44j.xn--fiqs8s"), ("..", "")],
)
def test_normal_host(host, normal):
    assert normal_host(host) == normal
