"""Tenants of tests are given on: the next test finds nothing of the last one."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from core.config import Config
from core.plugin.testing.schemas import Schemas
from tenants.context import TenantRef
from tests.core.conftest import config, owner, wechat  # noqa: F401 - fixtures

ADD = """
    INSERT INTO staff (phone, name, role, password_hash, active, created_at)
    VALUES (:phone, '店', 'owner', '!', true, now()) RETURNING id
"""


@pytest.fixture
def schemas(config: Config) -> Schemas:  # noqa: F811
    return Schemas(config.database_url)


def execute(owner: Engine, ref: TenantRef, statement: str, **values: str):  # noqa: F811
    with owner.begin() as connection:
        connection.execute(text(f"SET LOCAL search_path = {ref.schema}"))
        result = connection.execute(text(statement), values)
        return result.scalar() if result.returns_rows else None


def test_next_tenant_gets_an_empty_schema_under_another_key(schemas: Schemas, owner: Engine):  # noqa: F811
    first = schemas.take(owner, "one")
    oid = execute(owner, first, "SELECT 'staff'::regclass::oid")
    assert [execute(owner, first, ADD, phone=phone) for phone in "ab"] == [1, 2]
    execute(owner, first, "CREATE TABLE points_account (id bigint PRIMARY KEY)")
    schemas.give_back(first)
    second = schemas.take(owner, "two")
    assert execute(owner, second, "SELECT 'staff'::regclass::oid") == oid
    assert (second.key == first.key, second.role == first.role) == (False, False)
    assert execute(owner, second, "SELECT count(*) FROM staff") == 0
    assert execute(owner, second, "SELECT to_regclass('points_account')") is None
    assert execute(owner, second, ADD, phone="a") == 1


def test_tenant_given_back_is_gone(schemas: Schemas, owner: Engine):  # noqa: F811
    ref = schemas.take(owner, "one")
    schemas.give_back(ref)
    left = "SELECT (SELECT count(*) FROM platform.tenant WHERE id = :id), to_regnamespace(:schema), to_regrole(:role)"
    with owner.begin() as connection:
        found = connection.execute(text(left), {"id": ref.id, "schema": ref.schema, "role": ref.role}).one()
    assert found == (0, None, None)


def test_schema_with_altered_tables_is_not_given_on(schemas: Schemas, owner: Engine):  # noqa: F811
    first = schemas.take(owner, "one")
    oid = execute(owner, first, "SELECT 'staff'::regclass::oid")
    execute(owner, first, "ALTER TABLE staff ADD COLUMN hat text")
    schemas.give_back(first)
    second = schemas.take(owner, "two")
    assert execute(owner, second, "SELECT 'staff'::regclass::oid") != oid
