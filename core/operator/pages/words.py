"""What things of the platform are called on the pages."""

from __future__ import annotations

from core.ui.i18n import lazy_gettext as _l

STATUSES = {
    "active": (_l("营业中"), "success"),
    "suspended": (_l("已暂停"), "warning"),
    "requested": (_l("等待开通"), "brand"),
    "provisioning": (_l("正在开通"), "brand"),
    "moving": (_l("正在迁移"), "brand"),
    "closed": (_l("已关闭"), "muted"),
    "deleted": (_l("已清除"), "muted"),
}
"""(word, tone) by status of a tenant."""

MIGRATIONS = {
    "none": (_l("尚未建立"), "muted"),
    "ok": (_l("最新"), "success"),
    "behind": (_l("待升级"), "warning"),
    "failed": (_l("升级失败"), "danger"),
}

PARTS = {
    "database": (_l("数据库"), "database"),
    "redis": ("Redis", "bolt"),
    "clock": (_l("定时进程"), "clock"),
    "workers": (_l("工作进程"), "cpu"),
    "queues": (_l("任务队列"), "stack-2"),
    "migrations": (_l("数据库版本"), "versions"),
    "deliveries": (_l("事件投递"), "send"),
}
"""(word, icon) by part of `core.operator.health`."""

PLACES = {"deliveries": "/platform/tenants?trouble=1", "migrations": "/platform/tenants?trouble=1"}
"""Where to look at what is wrong with a part; the others are told on the page of health."""

FIGURES = {
    "bytes": _l("占用"),
    "connections": _l("连接"),
    "ms": _l("响应"),
    "beat": _l("上次心跳"),
    "alive": _l("在线"),
    "waiting": _l("等待"),
    "failed": _l("失败"),
    "behind": _l("待升级"),
    "pending": _l("待投递"),
    "stuck": _l("受阻"),
    "parked": _l("暂存"),
    "oldest_due": _l("最早应投递"),
}
"""The figures of a part that are shown, in this order."""

PLUGIN_STATES = {"on": (_l("已启用"), "success"), "closing": (_l("停用中"), "warning"), "off": (_l("已停用"), "muted")}

USAGE = {"ok": "success", "near": "warning", "reached": "danger", "over": "danger"}
"""Tones by state of a limit."""
