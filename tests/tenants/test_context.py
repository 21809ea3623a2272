"""Binding travels with the work, not with the thread."""

from __future__ import annotations

import contextvars
import threading

import pytest

from tenants.context import TenantRef, bind, current, current_or_none
from tenants.errors import NoTenantBound, TenantError

REF = TenantRef(7, "abc", "shop", "店", "active")


def test_reference_names_schema_and_role():
    assert (REF.schema, REF.role, REF.settings_version) == ("t_abc", "r_t_abc", 0)


def test_current_outside_bind_raises():
    assert current_or_none() is None
    with pytest.raises(NoTenantBound):
        current()


def test_binding_ends_with_an_error():
    with pytest.raises(KeyError), bind(REF):
        raise KeyError
    assert current_or_none() is None


def test_new_thread_is_unbound_unless_the_context_is_copied():
    seen = []
    with bind(REF):
        for target in (current_or_none, contextvars.copy_context().run):
            arguments = () if target is current_or_none else (current_or_none,)
            thread = threading.Thread(target=lambda call=target, args=arguments: seen.append(call(*args)))
            thread.start()
            thread.join()
    assert seen == [None, REF]


def test_error_carries_code_status_and_field():
    error = TenantError("说明", field="slug", taken=3)
    assert (error.code, error.status, error.message, error.field, error.extra) == (
        "tenant_error",
        400,
        "说明",
        "slug",
        {"taken": 3},
    )
