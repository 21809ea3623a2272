"""Scopes of the open API. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from core.openkeys.errors import ScopeMissing

SCOPES = {
    "catalog:read": "读取商品与价格",
    "catalog:write": "更新商品与价格",
    "stock:read": "读取库存",
    "stock:write": "入库与盘点",
    "members:read": "读取会员",
    "members:write": "更新会员",
    "orders:read": "读取订单",
    "orders:write": "上传收银订单",
}


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A good API key: what it may do."""

    id: int
    name: str
    scopes: frozenset[str]

    def check(self, scope: str) -> None:
        """Raise ScopeMissing unless the key has `scope`."""
        if scope not in self.scopes:
            raise ScopeMissing(f"API 密钥“{self.name}”没有权限 {scope}，请在后台为它勾选“{SCOPES[scope]}”", scope=scope)


def check_scope_name(scope: str) -> None:
    """Raise ValueError for a scope nobody could be given: a mistake of ours."""
    if scope not in SCOPES:
        raise ValueError(f"unknown scope: {scope}")
