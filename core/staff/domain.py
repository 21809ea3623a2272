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


def granted(role: str, declared: Iterable[Permission]) -> frozenset[str]:
    """What `role` may do: the core's permissions for it, and of those that plugins declare the ones given to it.

    The owner has every one. The core's own are not a plugin's to give: one that is called `staff` can't hand
    `staff.edit` to clerks.
    """
    theirs = {p.name for p in declared if role == "owner" or role in p.roles}
    return ROLES[role] | (theirs - PERMISSIONS.keys())


SESSION_LIFE = timedelta(days=7)
MAX_FAILED_LOGINS = 5
LOCK_TIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """Who acts: `stores` are the ids this person may act for, None means all of them.

    `declared` are the permissions of the plugins that work in this shop.
    """

    id: int
    name: str
    phone: str
    role: str
    stores: frozenset[int] | None
    session_id: int
    declared: tuple[Permission, ...] = ()

    @property
    def permissions(self) -> frozenset[str]:
        return granted(self.role, self.declared)

    def check_permission(self, permission: str | None) -> None:
        """Raise PermissionMissing unless the role has `permission`."""
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
