"""No tenant ever sees, changes or breaks another's data (tenancy: tests that prove isolation)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from tenants.context import TenantRef, bind, current, current_or_none
from tenants.db import TenantSession, db
from tenants.errors import BadTenantKey, NoTenantBound, TenantMismatch
from tenants.lint import audit
from tenants.models import Tenant
from tenants.owner import transaction
from tests.tenants.conftest import write_note
from tests.tenants.notes import Author, Note

TITLES = select(Note.title).order_by(Note.id)
WHO = text("SELECT current_setting('search_path'), current_user::text, session_user::text")


def test_data_belongs_to_the_bound_tenant(pair, session_of):
    for ref in pair:
        with bind(ref):
            assert session_of().scalars(TITLES).all() == [f"secret of {ref.slug}"]


def test_session_without_tenant_raises(pair, session_of):
    with pytest.raises(NoTenantBound):
        session_of().scalars(TITLES).all()


def test_session_made_before_binding_raises(pair, session_of):
    session = session_of()
    with bind(pair[0]), pytest.raises(NoTenantBound):
        session.scalars(TITLES).all()


def test_session_without_tenant_reaches_the_platform(pair, session_of):
    assert session_of().scalar(select(Tenant.slug).where(Tenant.id == pair[0].id)) == pair[0].slug


def test_raw_engine_without_tenant_finds_no_table(pair):
    with db.engine.connect() as connection, pytest.raises(ProgrammingError, match="does not exist"):
        connection.execute(text("SELECT title FROM note"))


def test_raw_engine_without_tenant_may_not_read_a_tenant(pair):
    with db.engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied for schema"):
        connection.execute(text(f"SELECT title FROM {pair[0].schema}.note"))


def test_platform_bind_may_not_read_a_tenant(pair):
    with db.engines["platform"].connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(f"SELECT title FROM {pair[0].schema}.note"))


@pytest.mark.parametrize("end", ["commit", "rollback", "error"])
def test_pool_reuse_leaves_no_tenant(pair, end):
    first, second = pair
    for ref in (first, second, first):
        with bind(ref), TenantSession(db) as session:
            assert session.scalars(TITLES).all() == [f"secret of {ref.slug}"]
            if end == "error":
                with pytest.raises(DBAPIError):
                    session.execute(text("SELECT 1/0"))
            else:
                getattr(session, end)()


def test_login_clean_at_checkin(pair):
    with bind(pair[0]), TenantSession(db) as session:
        session.scalars(TITLES).all()
        driver = session.connection().connection.driver_connection
    assert driver.tenant is None
    with db.engine.connect() as connection:
        assert tuple(connection.execute(WHO).one()) == ('""', "jishi_app", "jishi_app")


def test_binding_survives_savepoint_and_its_rollback(pair, session_of):
    with bind(pair[0]):
        session = session_of()
        before = session.execute(WHO).one()
        nested = session.begin_nested()
        session.add(Author(name="in savepoint"))
        session.flush()
        nested.rollback()
        assert session.execute(WHO).one() == before == (f"{pair[0].schema}, pg_temp", pair[0].role, "jishi_app")
        assert session.scalars(select(Author.name)).all() == [f"author of {pair[0].slug}"]


def test_savepoint_as_first_statement_is_bound(pair, session_of):
    with bind(pair[0]):
        session = session_of()
        with session.begin_nested():
            assert session.scalars(TITLES).all() == [f"secret of {pair[0].slug}"]


def test_session_carried_into_another_tenant_refused(pair, session_of):
    first, second = pair
    with bind(first):
        session = session_of()
        note = session.scalars(select(Note)).one()
    with bind(second):
        with pytest.raises(TenantMismatch):
            session.scalars(TITLES).all()
        with pytest.raises(TenantMismatch):
            session.get(Note, note.id)
        with pytest.raises(TenantMismatch):
            session.refresh(note)


def test_session_used_after_its_tenant_was_left_raises(pair, session_of):
    with bind(pair[0]):
        session = session_of()
        note = session.scalars(select(Note)).one()
    with pytest.raises(NoTenantBound):
        _ = note.author


def test_nesting_another_tenant_refused(pair):
    first, second = pair
    with bind(first):
        with pytest.raises(TenantMismatch), bind(second):
            pass
        with bind(first):
            assert current() == first
        assert current() == first
    assert current_or_none() is None


def test_eight_threads_on_two_connections_stay_apart(app, world):
    refs = [world.tenant() for _ in range(4)]
    for ref in refs:
        write_note(app, ref, f"secret of {ref.slug}")
    wrong: list[str] = []
    start = threading.Barrier(8)

    def hammer(number: int) -> None:
        start.wait()
        for turn in range(25):
            ref = refs[(number + turn) % len(refs)]
            with app.app_context(), bind(ref), TenantSession(db) as session:
                found = session.scalars(TITLES).all()
                if found != [f"secret of {ref.slug}"]:
                    wrong.append(f"{ref.slug}: {found}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hammer, range(8)))
    assert wrong == []


def test_lazy_load_and_flush_stay_in_the_tenant(app, world, session_of, context):
    ref = world.tenant()
    write_note(app, ref, "first")
    with bind(ref):
        session = session_of()
        author = session.scalars(select(Author)).one()
        session.commit()
        author.notes.append(Note(title="second"))
        session.commit()
        assert [note.title for note in author.notes] == ["first", "second"]
        assert [note.id for note in author.notes] == [1, 2]


@pytest.mark.parametrize("key", ["", "A", "a" * 27, "x; DROP", 'x"', "x\n", "t_x", "中"])
def test_hostile_key_refused(key):
    with pytest.raises(BadTenantKey):
        TenantRef(1, key, "slug", "name", "active")


def test_unknown_schema_fails_closed(pair, session_of):
    ghost = TenantRef(0, "ghost", "ghost", "", "active")
    with bind(ghost), pytest.raises(DBAPIError, match='role "r_t_ghost" does not exist'):
        session_of().scalars(TITLES).all()


def test_catalogue_audit_of_all_tenants_is_clean(pair, world):
    with transaction(world.owner) as connection:
        assert audit(connection) == []


def test_insert_needs_no_right_on_the_identity_sequence(pair, world):
    rights = "SELECT has_sequence_privilege(%s, %s, 'USAGE')"
    assert world.execute(rights, [pair[0].role, f"{pair[0].schema}.author_id_seq"]) == [(False,)]
