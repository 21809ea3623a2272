"""What permissions of plugins mean for roles. Pure."""

from __future__ import annotations

from core.plugin import Permission
from core.staff.domain import ROLES, granted

DRAW, MANAGE = Permission("lottery.draw", "抽奖", ("clerk",)), Permission("lottery.manage", "管理抽奖")


def test_owner_has_every_permission_of_plugins_and_others_what_is_declared():
    theirs = {role: granted(role, (DRAW, MANAGE)) - ROLES[role] for role in ROLES}
    assert theirs == {"owner": {"lottery.draw", "lottery.manage"}, "manager": set(), "clerk": {"lottery.draw"}}


def test_permission_of_the_core_is_not_a_plugins_to_give():
    assert granted("clerk", (Permission("staff.edit", "管理员工", ("clerk",)),)) == ROLES["clerk"]
