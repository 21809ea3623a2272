"""Roles and what they may do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
    "stores.view": "查看门店",
    "stores.edit": "管理门店",
    "reports.view": "查看报表",
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
    "stores.edit",
    "reports.view",
    "audit.view",
    "home.edit",
}

ROLES: dict[str, frozenset[str]] = {
    "owner": frozenset(PERMISSIONS),
    "manager": _MANAGER,
    "clerk": _CLERK,
}
"""店主, 店长, 店员."""

_plugins: dict[str, tuple[Permission, ...]] = {}
"""The permissions that plugins declare, by plugin."""


def register_permissions(plugin: str, permissions: Iterable[Permission]) -> None:
    """Add what `plugin` declares; the same plugin again replaces (several apps in one process share the list).

    The core's own are not a plugin's to give: one that is called `staff` can't hand `staff.edit` to clerks.
    """
    _plugins[plugin] = tuple(p for p in permissions if p.name not in PERMISSIONS)


def permissions_of(role: str, plugins: Collection[str] | None = None) -> frozenset[str]:
    """What `role` may do: the core's, and what plugins declare for it (all of theirs, or of `plugins` only).

    The owner has every permission.
    """
    theirs = (p for name, own in _plugins.items() if plugins is None or name in plugins for p in own)
    return ROLES[role] | {p.name for p in theirs if role == "owner" or role in p.roles}


def _label(permission: str) -> str:
    theirs = {p.name: p.label for own in _plugins.values() for p in own}
    return PERMISSIONS.get(permission) or theirs.get(permission, permission)


SESSION_LIFE = timedelta(days=7)
MAX_FAILED_LOGINS = 5
LOCK_TIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """Who acts: `stores` are the ids this person may act for, None means all of them."""

    id: int
    name: str
    phone: str
    role: str
    stores: frozenset[int] | None
    session_id: int

    @property
    def permissions(self) -> frozenset[str]:
        return permissions_of(self.role)

    def check_permission(self, permission: str | None) -> None:
        """Raise PermissionMissing unless the role has `permission`."""
        if permission is not None and permission not in self.permissions:
            raise PermissionMissing(f"您的角色没有“{_label(permission)}”权限", permission=permission)

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
