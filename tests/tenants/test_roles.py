"""Bootstrapping a database: by a superuser, by a lesser owner, twice, and by several processes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import psycopg
import pytest
from psycopg import sql

from tenants.roles import bootstrap, role_urls
from tenants.urls import connect, role_password
from tests.tenants.conftest import MASTER_KEY, new_database

CLOSED = {"set_config": True, "plpgsql": True, "public": True, "temporary": True}


def test_bootstrap_again_changes_nothing(world):
    report = bootstrap(world.url, MASTER_KEY)
    assert (report.created, report.migrated, report.hardening) == ([], [], CLOSED)


def test_bootstrap_in_several_processes_at_once(postgres_url):
    with new_database(postgres_url) as one, new_database(postgres_url) as other, ThreadPoolExecutor(6) as pool:
        reports = list(pool.map(lambda url: bootstrap(url, MASTER_KEY), [one, other] * 3))
    assert [report.hardening for report in reports] == [CLOSED] * 6
    assert sorted(sum((report.migrated for report in reports), [])) == ["p0003", "p0003"]


def test_bootstrap_by_owner_that_is_no_superuser_tells_what_stays_open(postgres_url):
    with new_database(postgres_url) as url, closing(connect(postgres_url, autocommit=True)) as server:
        with suppress(psycopg.errors.DuplicateObject):
            server.execute("CREATE ROLE tenancy_lesser LOGIN CREATEROLE PASSWORD 'lesser'")
        name = sql.Identifier(url.database)
        server.execute(sql.SQL("ALTER DATABASE {} OWNER TO tenancy_lesser").format(name))
        report = bootstrap(url.set(username="tenancy_lesser", password="lesser"), MASTER_KEY)
    assert report.hardening == {"set_config": False, "plpgsql": False, "public": True, "temporary": True}
    assert report.migrated == ["p0003"]
    assert report.extensions == {"pg_trgm": True}


def test_logins_have_no_more_rights_than_they_need(world):
    rows = world.execute(
        "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolconfig FROM pg_roles"
        " WHERE rolname IN ('jishi_app', 'jishi_owner', 'jishi_platform') ORDER BY 1"
    )
    path = ['search_path=""']
    assert rows == [
        ("jishi_app", False, False, False, False, path),
        ("jishi_owner", False, True, True, False, path),
        ("jishi_platform", False, True, False, False, path),
    ]


def test_app_may_become_tenants_without_inheriting_them(world):
    ref = world.tenant()
    rows = world.execute(
        "SELECT member::regrole::text, inherit_option, set_option FROM pg_auth_members"
        " WHERE roleid = %s::regrole AND member <> 'jishi_owner'::regrole",
        [ref.role],
    )
    assert rows == [("jishi_app", False, True)]


def test_platform_login_may_change_rows_but_no_tables(world):
    with world.platform.connect() as connection:
        connection.exec_driver_sql("UPDATE platform.plan SET name = name")
        with pytest.raises(Exception, match="permission denied"):
            connection.exec_driver_sql("SELECT version_num FROM platform.alembic_version")


def test_passwords_differ_by_role_and_key():
    passwords = {role_password(key, role) for key in (b"a" * 32, b"b" * 32) for role in ("jishi_app", "jishi_owner")}
    assert len(passwords) == 4


def test_role_urls_keep_server_and_database_and_hide_passwords():
    urls = role_urls("postgres://admin:pw@db.example:6000/shop?sslmode=require", MASTER_KEY)
    assert (urls.app.username, urls.app.host, urls.app.port, urls.app.database) == (
        "jishi_app",
        "db.example",
        6000,
        "shop",
    )
    assert urls.app.drivername == "postgresql+psycopg"
    assert urls.app.query == {"sslmode": "require"}
    assert role_password(MASTER_KEY, "jishi_app") not in repr(urls)
