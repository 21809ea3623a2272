"""Signing up: what is refused, what is stored, and a shop that opens exactly once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from tenants import signup
from tenants.context import bind, current
from tenants.db import db
from tenants.errors import NameTaken, SignupInvalid, TenantStateConflict
from tests.tenants.notes import Author

FORM = {"retailer": " 邢台百货 ", "slug": "xingtai", "phone": "13800138000", "password": "correct horse"}


def protect(password: str) -> str:
    return f"hash of {len(password)}"


def form(world, **changes):
    return {**FORM, "slug": next(world.names), **changes}


@pytest.fixture
def seed(app):
    """Makes the owner's row, once; remembers what it was given."""
    calls = []

    def make(ref, data):
        assert current() == ref
        calls.append(data)
        with app.app_context():
            if not db.session.scalars(select(Author)).all():
                db.session.add(Author(name=data["phone"]))
            db.session.commit()

    make.calls = calls
    return make


def authors(app, ref) -> list[str]:
    with app.app_context(), bind(ref):
        return list(db.session.scalars(select(Author.name)))


def test_sign_up_opens_a_shop_with_its_owner(world, app, seed):
    data = form(world)
    request = signup.request(world.platform, data, protect)
    assert world.execute("SELECT status, key FROM platform.tenant WHERE id = %s", [request.id]) == [("requested", None)]
    ref = signup.activate(world.owner, world.new, request.id, seed)
    assert (ref.slug, ref.name, ref.status) == (data["slug"], "邢台百货", "active")
    assert seed.calls == [
        {"retailer": "邢台百货", "slug": data["slug"], "phone": "13800138000", "password_hash": "hash of 13"}
    ]
    assert authors(app, ref) == ["13800138000"]


def test_password_is_never_stored_and_the_seed_is_wiped(world, seed):
    request = signup.request(world.platform, form(world), protect)
    query = "SELECT seed::text FROM platform.tenant WHERE id = %s"
    ((stored,),) = world.execute(query, [request.id])
    assert "correct horse" not in stored
    signup.activate(world.owner, world.new, request.id, seed)
    assert world.execute(query, [request.id]) == [(None,)]


def test_activation_after_a_crash_in_seeding_ends_the_same_tenant(world, app, seed):
    request = signup.request(world.platform, form(world), protect)

    def crash(ref, data):
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        signup.activate(world.owner, world.new, request.id, crash)
    ((key, status),) = world.execute("SELECT key, status FROM platform.tenant WHERE id = %s", [request.id])
    assert status == "provisioning"
    ref = signup.activate(world.owner, world.new, request.id, seed)
    assert ref.key == key
    assert authors(app, ref) == ["13800138000"]


def test_concurrent_activations_seed_once(world, seed):
    request = signup.request(world.platform, form(world), protect)
    with ThreadPoolExecutor(2) as pool:
        refs = list(pool.map(lambda _: signup.activate(world.owner, world.new, request.id, seed), range(2)))
    assert refs[0] == refs[1]
    assert len(seed.calls) == 1


def test_activation_of_nobody_raises(world, seed):
    with pytest.raises(TenantStateConflict):
        signup.activate(world.owner, world.new, 10**9, seed)


def test_lost_requests_are_found(world, seed):
    request = signup.request(world.platform, form(world), protect)
    assert request.id in signup.waiting(world.platform, seconds=0)
    assert request.id not in signup.waiting(world.platform, seconds=60)
    signup.activate(world.owner, world.new, request.id, seed)
    assert request.id not in signup.waiting(world.platform, seconds=0)


def test_provision_now_does_both(world, seed):
    assert signup.provision_now(world.owner, world.new, form(world), protect, seed).status == "active"


def test_used_slug_is_refused_also_while_requested(world):
    data = form(world)
    signup.request(world.platform, data, protect)
    with pytest.raises(NameTaken) as refusal:
        signup.request(world.platform, data, protect)
    assert (refusal.value.code, refusal.value.field) == ("name_taken", "slug")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "www"),
        ("slug", "api"),
        ("slug", "admin"),
        ("slug", "platform"),
        ("slug", "static"),
        ("slug", "wx1234567890abcdef"),
        ("slug", "ab"),
        ("slug", "a" * 33),
        ("slug", "Upper"),
        ("slug", "1shop"),
        ("slug", "shop-"),
        ("slug", "xn--shop"),
        ("slug", "shop\n"),
        ("slug", "sh op"),
        ("slug", "商店铺"),
        ("slug", None),
        ("phone", "12800138000"),
        ("phone", "1380013800"),
        ("phone", "138001380000"),
        ("phone", "１３８００１３８０００"),
        ("phone", "13800138000\n"),
        ("phone", 13800138000),
        ("password", "short"),
        ("password", "x" * 129),
        ("retailer", ""),
        ("retailer", "   "),
        ("retailer", "x" * 65),
        ("retailer", "a\x00b"),
        ("unknown", "field"),
    ],
)
def test_bad_field_is_named(world, field, value):
    with pytest.raises(SignupInvalid) as refusal:
        signup.request(world.platform, {**FORM, field: value}, protect)
    assert (refusal.value.field, list(refusal.value.extra["errors"])) == (field, [field])


@pytest.mark.parametrize("slug", ["abc", "xingtai-2", "a1b", "jiajiayue", "a" * 32])
def test_good_slug(slug):
    assert signup.slug_problem(slug) is None
