"""Lines of the audit log in words: who, what, to which thing, and how it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from markupsafe import Markup

from core.clock import shop_time
from core.host.registry import host
from core.openkeys.domain import SCOPES
from core.settings.schemas import ShopSettingsSchema
from core.staff import audit
from core.staff.domain import PERMISSIONS, ROLE_LABELS
from core.ui.formats import money
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.listing import Cell, Row

PERSONS = {"support": _l("平台支持"), "system": _l("系统自动")}
_TARGETS = {
    "order": (_l("订单"), "/console/orders/{}"),
    "product": (_l("商品"), "/console/products/{}"),
    "products": (_l("多个商品"), ""),
    "category": (_l("分类"), "/console/categories"),
    "brand": (_l("品牌"), "/console/brands"),
    "store": (_l("门店"), "/console/stores/{}"),
    "staff": (_l("员工"), "/console/staff/{}"),
    "invitation": (_l("邀请"), "/console/staff"),
    "buyer": (_l("会员"), "/console/members/{}"),
    "buyers": (_l("多位会员"), "/console/members"),
    "label": (_l("标签"), "/console/members/labels"),
    "plugin": (_l("插件"), "/console/plugin-center/{}"),
    "event": (_l("事件"), "/console/deliveries"),
    "events": (_l("多个事件"), "/console/deliveries"),
    "api_key": (_l("API 密钥"), "/console/apikeys"),
    "payment": (_l("支付"), ""),
    "payment_profile": (_l("收款账户"), "/console/payments"),
    "refund": (_l("退款"), ""),
    "app": (_l("小程序"), "/console/payments"),
    "settings": (_l("店铺设置"), "/console/settings"),
    "shop": (_l("店铺设置"), "/console/settings"),
    "home": (_l("店铺首页"), "/console/home"),
    "bill_day": (_l("账单"), "/console/bills"),
    "bill_difference": (_l("对账差异"), "/console/bills"),
    "support": (_l("进店支持"), "/console/support"),
}
_NUMBERED = frozenset({"category", "brand", "label", "invitation", "api_key", "payment_profile", "support"})
"""Their numbers say nothing to people: the line itself has the name."""
_NAMES = {
    "reason": _l("原因"), "why": _l("原因"), "name": _l("名称"), "role": _l("角色"), "code": _l("编号"),
    "payable_fen": _l("应付"), "refund_no": _l("退款单号"), "number": _l("单号"), "names": _l("改动"),
    "count": _l("数量"), "device": _l("设备"), "version": _l("版本"), "note": _l("备注"), "scopes": _l("权限"),
    "permissions_added": _l("额外权限"), "permissions_removed": _l("收回权限"), "active": _l("启用"),
    "on_shelf": _l("上架"), "to": _l("调往"), "lines": _l("行数"), "skus": _l("商品数"), "state": _l("状态"),
    "method": _l("方式"), "mode": _l("模式"), "mchid": _l("商户号"), "people": _l("人数"), "consumer": _l("接收方"),
    "changes": _l("改动数"), "second_factor": _l("两步验证"), "expires_at": _l("到期"), "operator": _l("平台人员"),
    "support": _l("原因"), "format": _l("格式"), "low_at": _l("预警数量"), "place": _l("位置"), "blockers": _l("未了事项"),
}
_FIELDS = {"name": _l("姓名"), "role": _l("角色"), "active": _l("启用"), "store_ids": _l("负责门店"), "password": _l("密码")}
_WORDS = {"method": {"code": _l("提货码"), "phone": _l("手机号")}, "mode": {"direct": _l("直连"), "partner": _l("服务商")}}
_SILENT = frozenset({"ids", "pictures", "chosen", "kinds", "label", "print"})
"""What a line keeps for the machine."""
_LONGEST = 300

Names = Mapping[str, Mapping[str, str]]
"""What ids are called, by kind: `{"staff": {"3": "小李"}, "store": …}`."""


def row_of(entry: Mapping[str, Any], names: Names) -> Row:
    """A line of the list."""
    target = target_of(entry, names)
    what = Cell(told(audit.called(entry["action"])), sub=detail_of(entry))
    who = actor_of(entry)
    who = replace(who, text=Markup('<span class="text-nowrap">{}</span>').format(who.text))
    return Row({"at": entry["at"], "who": who, "what": what, "target": target}, id=entry["id"])


def actor_of(entry: Mapping[str, Any]) -> Cell:
    """Whose act it was; a platform's person by name."""
    if entry["actor"] == "support":
        return Cell(entry["detail"].get("support", {}).get("operator", ""), sub=str(PERSONS["support"]))
    if entry["actor"] == "system":
        return Cell(str(PERSONS["system"]))
    return Cell(entry["actor_name"] or _("已删除的员工"))


def target_of(entry: Mapping[str, Any], names: Names) -> Cell:
    """`order:2026…` as `订单 2026…` with a link, staff and stores by name, a plugin's by its word for the kind.

    What is not known stands for itself.
    """
    kind, _colon, rest = entry["target"].partition(":")
    if kind not in _TARGETS:
        word = host().audit_words(entry["action"]).get(kind)
        return Cell(f"{told(word)} {rest}" if word else entry["target"])
    label, place = _TARGETS[kind]
    key, _colon, more = rest.partition(":")
    name = names.get(kind, {}).get(key, "" if kind in _NUMBERED else key)
    words = f"{label} {name}{_(' 的库存') if more == 'stock' else ''}".strip()
    return Cell(words, href=place.format(key) if place and (key or "{}" not in place) else "")


def detail_of(entry: Mapping[str, Any]) -> str:
    """`角色：店员 → 店长；原因：称重偏差`."""
    words = host().audit_words(entry["action"])
    parts = [
        f"{told(words[name]) if name in words else _NAMES.get(name, name)}：{_said(name, value)}"
        for name, value in entry["detail"].items()
        if value not in (None, "", [], {}) and name not in _SILENT and name not in _hidden(entry)
    ]
    line = "；".join(parts)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _hidden(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """What stands elsewhere in the line, or says it a second time."""
    if "support" in entry["detail"] and entry["action"] not in ("support.enter", "support.leave"):
        return ("support",)
    both = ("role", "permissions_added", "permissions_removed")
    repeated = tuple(name for name in both if isinstance(entry["detail"].get(name), dict))
    names = entry["detail"].get("names")
    return ("names",) if repeated and names and set(names) <= set(repeated) else ()


def _said(name: str, value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"before", "after"}:
        return f"{_said(name, value['before']) or _('无')} → {_said(name, value['after']) or _('无')}"
    if isinstance(value, dict):
        return str(value.get("reason", "")) or _("、").join(str(inner) for inner in value.values())
    if isinstance(value, list):
        return _("、").join(_said(name, inner) for inner in value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name.endswith("_fen") and isinstance(value, int):
        return money(value)
    return _word(name, str(value))


def _word(name: str, text: str) -> str:
    if name == "role":
        return told(ROLE_LABELS.get(text, text))
    if text in _WORDS.get(name, {}):
        return str(_WORDS[name][text])
    if name == "names":
        return str(_FIELDS.get(text) or told(_settings().get(text, text)))
    if name.endswith("_at"):
        return f"{shop_time(datetime.fromisoformat(text)):%m-%d %H:%M}"
    return told((PERMISSIONS | SCOPES).get(text, text)) if name == "scopes" or name.startswith("permissions_") else text


@cache
def _settings() -> dict[str, str]:
    return {name: field.metadata.get("label", name) for name, field in ShopSettingsSchema().fields.items()}
