"""Roles, what is added and taken away per person, and who may give what."""

from __future__ import annotations

import pytest

from core.plugin import Permission
from core.staff import powers
from core.staff.domain import GROUPS, PERMISSIONS, ROLES, Grants, PermissionRow, StaffFacts, role_table
from core.staff.errors import AboveOwnRole, NotOwnToGive, OtherStore, OwnerNotReduced, UnknownPermission

DRAW = Permission("lottery.draw", "开奖", ("manager",))
SHADOW = Permission("staff.edit", "假的", ("clerk",))


def person(role: str, added: set[str] = frozenset(), removed: set[str] = frozenset(), stores=None) -> StaffFacts:
    return StaffFacts(1, "小李", "19900000001", role, stores, 1, (DRAW,), frozenset(added), frozenset(removed))


def grants(role: str, added: set[str] = frozenset(), removed: set[str] = frozenset()) -> Grants:
    return Grants(role, frozenset(added), frozenset(removed))


def test_additions_and_removals_change_what_a_person_may_do():
    facts = person("clerk", {"orders.refund", "lottery.draw"}, {"stock.edit"})
    assert facts.permissions == (ROLES["clerk"] | {"orders.refund", "lottery.draw"}) - {"stock.edit"}


def test_removal_beats_addition():
    assert "orders.refund" not in person("clerk", {"orders.refund"}, {"orders.refund"}).permissions


def test_owner_has_everything_whatever_is_removed():
    assert person("owner", removed={"staff.edit", "lottery.draw"}).permissions == PERMISSIONS.keys() | {"lottery.draw"}


def test_addition_of_a_plugin_that_is_off_is_nothing():
    assert "coupons.edit" not in person("clerk", {"coupons.edit"}).permissions


def test_new_permissions_go_to_owner_and_manager():
    for name in ("members.edit", "analytics.export", "bills.view"):
        assert [role for role in ROLES if name in ROLES[role]] == ["owner", "manager"]


def test_role_table_lists_every_permission_with_its_roles():
    rows = {row.name: row for row in role_table((DRAW, SHADOW))}
    assert rows.keys() == PERMISSIONS.keys() | {"lottery.draw"}
    assert rows["orders.pickup"] == PermissionRow("orders.pickup", "核销提货", "订单", ("owner", "manager", "clerk"))
    assert rows["staff.edit"] == PermissionRow("staff.edit", "管理员工", "员工", ("owner",))
    assert rows["lottery.draw"] == PermissionRow("lottery.draw", "开奖", "插件", ("owner", "manager"))


def test_role_table_keeps_groups_together_and_plugins_last():
    groups = [row.group for row in role_table((DRAW,))]
    assert list(dict.fromkeys(groups)) == [*GROUPS.values(), "插件"]
    assert sorted(groups, key=[*GROUPS.values(), "插件"].index) == groups


@pytest.mark.parametrize(
    ("actor", "after", "before", "error"),
    [
        (person("owner"), grants("owner"), None, None),
        (person("manager"), grants("manager"), None, None),
        (person("manager"), grants("owner"), None, AboveOwnRole),
        (person("clerk", {"staff.edit"}), grants("manager"), grants("clerk"), AboveOwnRole),
        (person("manager", {"staff.edit"}), grants("clerk", {"staff.edit"}), grants("clerk"), None),
        (person("manager"), grants("clerk", {"staff.edit"}), grants("clerk"), NotOwnToGive),
        (person("manager", removed={"orders.refund"}), grants("manager"), None, NotOwnToGive),
        (person("manager", removed={"orders.refund"}), grants("manager"), grants("manager"), None),
        (
            person("manager", removed={"orders.refund"}),
            grants("manager"),
            grants("manager", removed={"orders.refund"}),
            NotOwnToGive,
        ),
    ],
)
def test_nobody_gives_more_than_he_has(actor, after, before, error):
    if error is None:
        powers.check_grants(actor, after, before)
        return
    with pytest.raises(error):
        powers.check_grants(actor, after, before)


@pytest.mark.parametrize(
    ("stores", "given", "allowed"),
    [(None, (), True), (None, (9,), True), ({1, 2}, (1,), True), ({1, 2}, (1, 3), False), ({1, 2}, (), False)],
)
def test_scope_is_never_wider_than_ones_own(stores, given, allowed):
    actor = person("owner", stores=None if stores is None else frozenset(stores))
    if allowed:
        powers.check_scope(actor, given)
        return
    with pytest.raises(OtherStore):
        powers.check_scope(actor, given)


def test_unknown_names_are_refused_unless_they_stood_there_before():
    before = grants("clerk", {"coupons.edit"})
    powers.check_names(grants("clerk", {"coupons.edit", "lottery.draw"}), (DRAW,), before)
    with pytest.raises(UnknownPermission) as refused:
        powers.check_names(grants("clerk", removed={"flying.high"}), (DRAW,), before)
    assert (refused.value.field, refused.value.extra) == ("permissions_removed", {"permissions": ["flying.high"]})


def test_owner_can_not_be_reduced():
    with pytest.raises(OwnerNotReduced):
        powers.check_names(grants("owner", removed={"orders.view"}), (), grants("owner"))
