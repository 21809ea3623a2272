"""Roles and what they may do. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from core.plugin import Permission
from core.staff.errors import OtherStore, PermissionMissing

PERMISSIONS = {
    "orders.view": "查看订单",
    "orders.prepare": "备货与发货",
    "orders.pickup": "核销提货",
    "orders.remark": "订单备注",
    "orders.adjust": "改价",
    "orders.cancel": "取消订单",
    "orders.refund": "退款",
    "catalog.view": "查看商品",
    "catalog.edit": "管理商品与价格",
    "stock.edit": "入库与盘点",
    "imports.run": "批量导入",
    "members.view": "查看会员",
    "members.edit": "编辑会员",
    "stores.view": "查看门店",
    "stores.edit": "管理门店",
    "reports.view": "查看报表",
    "analytics.export": "导出报表",
    "bills.view": "对账",
    "settings.edit": "店铺设置",
    "payments.edit": "收款设置",
    "apikeys.edit": "管理 API 密钥",
    "staff.edit": "管理员工",
    "audit.view": "查看操作记录",
    "plugins.manage": "管理插件",
    "home.edit": "店铺装修",
}

_CLERK = frozenset(
    {
        "orders.view",
        "orders.prepare",
        "orders.pickup",
        "orders.remark",
        "catalog.view",
        "stock.edit",
        "stores.view",
    }
)
_MANAGER = _CLERK | {
    "orders.adjust",
    "orders.cancel",
    "orders.refund",
    "catalog.edit",
    "imports.run",
    "members.view",
    "members.edit",
    "stores.edit",
    "reports.view",
    "analytics.export",
    "bills.view",
    "audit.view",
    "home.edit",
}

ROLES: dict[str, frozenset[str]] = {
    "owner": frozenset(PERMISSIONS),
    "manager": _MANAGER,
    "clerk": _CLERK,
}
"""店主, 店长, 店员."""


ROLE_LABELS = {"owner": "店主", "manager": "店长", "clerk": "店员"}

GROUPS = {
    "orders": "订单",
    "catalog": "商品",
    "stock": "库存",
    "imports": "导入",
    "members": "会员",
    "stores": "门店",
    "reports": "报表",
    "analytics": "数据分析",
    "bills": "对账",
    "settings": "设置",
    "payments": "收款",
    "apikeys": "开放接口",
    "staff": "员工",
    "audit": "操作记录",
    "plugins": "插件管理",
    "home": "店铺装修",
}
"""What a permission's first word is called; those of plugins stand under PLUGIN_GROUP."""

PLUGIN_GROUP = "插件"


def granted(role: str, declared: Iterable[Permission]) -> frozenset[str]:
    """What `role` may do: the core's permissions for it, and of those that plugins declare the ones given to it.

    The owner has every one. The core's own are not a plugin's to give: one that is called `staff` can't hand
    `staff.edit` to clerks.
    """
    theirs = {p.name for p in declared if role == "owner" or role in p.roles}
    return ROLES[role] | (theirs - PERMISSIONS.keys())


@dataclass(frozen=True, slots=True)
class Grants:
    """What makes a person's permissions: the role, and what was added for this person or taken away.

    An owner has every permission, whatever stands in the two others.
    """

    role: str
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()

    def permissions(self, declared: Iterable[Permission]) -> frozenset[str]:
        """Only what exists: an addition of a plugin that is off waits until it is on again."""
        declared = tuple(declared)
        by_role = granted(self.role, declared)
        if self.role == "owner":
            return by_role
        return (by_role | (self.added & known_permissions(declared))) - self.removed


def known_permissions(declared: Iterable[Permission]) -> frozenset[str]:
    """Every permission that the core or a working plugin asks for."""
    return frozenset(PERMISSIONS) | {p.name for p in declared}


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """A line of the table of roles: `roles` are those that have it by themselves."""

    name: str
    label: str
    group: str
    roles: tuple[str, ...]


def role_table(declared: Iterable[Permission]) -> list[PermissionRow]:
    """Every permission of the core and of the working plugins, group by group, with the roles that have it."""
    declared = tuple(declared)
    by_role = {role: granted(role, declared) for role in ROLES}
    labels = {p.name: p.label for p in declared} | PERMISSIONS
    return [
        PermissionRow(name, label, _group(name), tuple(role for role in ROLES if name in by_role[role]))
        for name, label in sorted(labels.items(), key=lambda item: _place(item[0]))
    ]


def _group(permission: str) -> str:
    return GROUPS[permission.partition(".")[0]] if permission in PERMISSIONS else PLUGIN_GROUP


def _place(permission: str) -> tuple[int, int, str]:
    """In the order of GROUPS and PERMISSIONS, plugins last and by name."""
    if permission not in PERMISSIONS:
        return (len(GROUPS), 0, permission)
    return (list(GROUPS).index(permission.partition(".")[0]), list(PERMISSIONS).index(permission), permission)


SESSION_LIFE = timedelta(days=7)
"""However busy, a session ends then."""

IDLE_LIFE = timedelta(hours=12)
"""Unused for so long, the session of a browser (a cookie) ends; programs that hold a bearer token have SESSION_LIFE."""

SEEN_EVERY = timedelta(minutes=5)
"""How often the use of a session is noted."""

PENDING_LIFE = timedelta(minutes=5)
"""How long a right password waits for its second factor."""

INVITATION_LIFE = timedelta(hours=72)
KEPT_AFTER_END = timedelta(days=1)
"""How long what is over (sessions, pending logins, invitations) may still be looked up."""

MAX_FAILED_LOGINS = 5
LOCK_TIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """Who acts: `stores` are the ids this person may act for, None means all of them.

    `declared` are the permissions of the plugins that work in this shop; `added` and `removed` change for this person
    what the role grants.
    """

    id: int
    name: str
    phone: str
    role: str
    stores: frozenset[int] | None
    session_id: int
    declared: tuple[Permission, ...] = ()
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()

    @property
    def permissions(self) -> frozenset[str]:
        return Grants(self.role, self.added, self.removed).permissions(self.declared)

    def check_permission(self, permission: str | None) -> None:
        """Raise PermissionMissing unless this person has `permission`."""
        if permission is not None and permission not in self.permissions:
            raise PermissionMissing(f"您的角色没有“{self._label(permission)}”权限", permission=permission)

    def _label(self, permission: str) -> str:
        return PERMISSIONS.get(permission) or next((p.label for p in self.declared if p.name == permission), permission)

    def check_store(self, store_id: int) -> None:
        """Raise OtherStore for a store outside this person's scope."""
        if self.stores is not None and store_id not in self.stores:
            raise OtherStore

    def check_every_store(self) -> None:
        """Raise OtherStore for somebody limited to stores: what follows concerns all of them."""
        if self.stores is not None:
            raise OtherStore("此操作需要全部门店的权限")

    @property
    def scope(self) -> list[int] | None:
        """`stores` as SQL takes it: a list, or None for no limit."""
        return None if self.stores is None else sorted(self.stores)


def check_permission_name(permission: str | None) -> None:
    """Raise ValueError for a permission that no role could have: a mistake of ours."""
    if permission is not None and permission not in PERMISSIONS:
        raise ValueError(f"unknown permission: {permission}")
