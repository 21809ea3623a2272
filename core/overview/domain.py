"""The kinds of things that need attention: how they are called, how bad they are, who may see them, where to go. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

CAPPED = 1000
"""Counting ends here; what is more is shown as 999+."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`words` has `{n}` for the count; `area` and `query` name the page that lists it; `permission` opens that page."""

    severity: str
    words: str
    permission: str
    area: str
    query: Mapping[str, str] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    "payments_stuck": Kind("urgent", "{n} 笔付款结果未知，正在反复核实", "orders.view", "stuck_payments"),
    "refunds_failing": Kind("urgent", "{n} 笔退款没有成功", "orders.refund", "failing_refunds"),
    "bill_differences": Kind("urgent", "{n} 条对账差异待处理", "bills.view", "bills"),
    "keys_ending": Kind("urgent", "微信支付平台证书即将到期", "payments.edit", "payments"),
    "bills_failed": Kind("warning", "{n} 天的微信账单没有取到", "bills.view", "bills"),
    "overdue_pickups": Kind("warning", "{n} 个订单过了提货时间还没有取走", "orders.view", "orders", {"tab": "to_collect"}),
    "out_of_stock": Kind("warning", "{n} 个商品缺货", "catalog.view", "stock", {"only": "out"}),
    "notices_failing": Kind("warning", "{n} 条发货上报或取货通知没有发出", "plugins.manage", "deliveries"),
    "events_stuck": Kind("warning", "{n} 个事件处理失败，等待重试或跳过", "plugins.manage", "deliveries"),
    "plugin_failures": Kind("warning", "插件自昨天起有 {n} 处出错", "plugins.manage", "plugins"),
    "imports_failed": Kind("warning", "{n} 个文件没有完整导入", "imports.run", "imports"),
    "to_pick": Kind("info", "{n} 个订单等待备货", "orders.view", "orders", {"tab": "to_prepare"}),
    "to_ship": Kind("info", "{n} 个订单等待发货", "orders.view", "orders", {"tab": "to_ship"}),
    "low_stock": Kind("info", "{n} 个商品库存不多", "catalog.view", "stock", {"only": "low"}),
}
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Attention:
    """One kind that has something: how many (CAPPED at most) and since when."""

    kind: str
    count: int
    oldest: datetime | None

    @property
    def shown(self) -> str:
        """The count as people read it."""
        return f"{CAPPED - 1}+" if self.count >= CAPPED else str(self.count)

    @property
    def words(self) -> str:
        return KINDS[self.kind].words.format(n=self.shown)

    @property
    def severity(self) -> str:
        return KINDS[self.kind].severity

    @property
    def permission(self) -> str:
        return KINDS[self.kind].permission

    @property
    def area(self) -> str:
        return KINDS[self.kind].area

    @property
    def query(self) -> Mapping[str, str]:
        return KINDS[self.kind].query
