"""What permissions of plugins mean for roles. Pure."""

from __future__ import annotations

import pytest

from core.plugin import Permission
from core.staff import domain
from core.staff.domain import permissions_of, register_permissions


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(domain, "_plugins", {})


def test_owner_has_every_permission_of_plugins_and_others_what_is_declared():
    register_permissions("lottery", (Permission("lottery.draw", "抽奖", ("clerk",)), Permission("lottery.manage", "管理")))
    granted = {role: {name for name in permissions_of(role) if name.startswith("lottery.")} for role in domain.ROLES}
    assert granted == {"owner": {"lottery.draw", "lottery.manage"}, "manager": set(), "clerk": {"lottery.draw"}}
    assert permissions_of("clerk", plugins=()) == domain.ROLES["clerk"]


def test_permission_of_the_core_is_not_a_plugins_to_give():
    register_permissions("staff", (Permission("staff.edit", "管理员工", ("clerk",)),))
    assert "staff.edit" not in permissions_of("clerk")
