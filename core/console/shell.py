"""The frame around the console's pages: whose shop, who works, which store, and where one can go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, g, request
from sqlalchemy import text

from core.clock import shop_time
from core.console.api.extensions import entries
from core.console.auth import current_staff
from core.console.limit_notices import Notice, notices
from core.db import db
from core.host.gate import PAGES
from core.operator.domain import SupportFacts
from core.staff.domain import StaffFacts
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.web.pages import cookie
from tenants.context import current

_STORES = text("SELECT id, name FROM store WHERE active ORDER BY code LIMIT 200")

ROLE_NAMES = {"owner": _l("店主"), "manager": _l("店长"), "clerk": _l("店员"), "support": _l("平台支持")}


@dataclass(frozen=True, slots=True)
class Item:
    """A place in the menu; `permission` None: everybody's."""

    label: Any
    path: str
    icon: str
    permission: str | None = None

    @property
    def active(self) -> bool:
        path = request.path
        return path == self.path if self.path == "/console/" else path == self.path or path.startswith(f"{self.path}/")


@dataclass(frozen=True, slots=True)
class Group:
    label: Any
    items: tuple[Item, ...]


MENU = (
    Group("", (Item(_l("概览"), "/console/", "layout-dashboard"),)),
    Group(
        _l("交易"),
        (
            Item(_l("订单"), "/console/orders", "receipt", "orders.view"),
            Item(_l("备货核销"), "/console/pickup", "scan", "orders.pickup"),
            Item(_l("会员"), "/console/members", "users", "members.view"),
        ),
    ),
    Group(
        _l("商品"),
        (
            Item(_l("商品"), "/console/products", "package", "catalog.view"),
            Item(_l("分类"), "/console/categories", "list-tree", "catalog.edit"),
            Item(_l("库存"), "/console/stock", "building-warehouse", "stock.edit"),
            Item(_l("批量导入"), "/console/imports", "file-import", "imports.run"),
        ),
    ),
    Group(
        _l("营销"),
        (
            Item(_l("插件中心"), "/console/plugin-center", "puzzle", "plugins.manage"),
            Item(_l("店铺装修"), "/console/home", "palette", "home.edit"),
        ),
    ),
    Group(
        _l("数据"),
        (
            Item(_l("数据分析"), "/console/analytics", "chart-histogram", "reports.view"),
            Item(_l("对账"), "/console/bills", "scale", "bills.view"),
            Item(_l("待处理"), "/console/attention", "bell", "orders.view"),
        ),
    ),
    Group(
        _l("店铺"),
        (
            Item(_l("门店"), "/console/stores", "building-store", "stores.view"),
            Item(_l("员工"), "/console/staff", "id-badge-2", "staff.edit"),
            Item(_l("收款"), "/console/payments", "brand-wechat", "payments.edit"),
            Item(_l("设置"), "/console/settings", "settings", "settings.edit"),
            Item(_l("操作记录"), "/console/audit", "history", "audit.view"),
            Item(_l("平台支持"), "/console/support", "headset", "audit.view"),
            Item(_l("套餐与用量"), "/console/plan", "gauge", "settings.edit"),
            Item(_l("开放接口"), "/console/apikeys", "api", "apikeys.edit"),
        ),
    ),
)
MARKETING = MENU[3].label
TABS = ("/console/", "/console/orders", "/console/pickup", "/console/products", "/console/attention")


@dataclass
class Shell:
    """What the layout draws."""

    shop: str
    person: str
    role: str
    groups: list[Group]
    stores: list[Any]
    store_id: int | None
    support: str = ""
    notices: list[Notice] = field(default_factory=list)

    @property
    def store_name(self) -> str:
        return next((store.name for store in self.stores if store.id == self.store_id), _("全部门店"))

    @property
    def tabs(self) -> list[Item]:
        known = {item.path: item for group in self.groups for item in group.items}
        return [known[path] for path in TABS if path in known]


def register(app: Flask) -> None:
    app.jinja_env.globals["console_shell"] = shell


def shell() -> Shell:
    """The frame of this request, made once."""
    if "console_shell" not in g:
        g.console_shell = _shell(current_staff())
    return g.console_shell


def chosen_store() -> int | None:
    """The store that the staff member looks at; None: all that are his."""
    kept = cookie("store")
    chosen = int(kept) if kept.isdigit() and len(kept) < 19 else None
    scope = current_staff().scope
    if scope is None:
        return chosen
    return chosen if chosen in scope else scope[0] if len(scope) == 1 else None


def stores_in_view() -> list[int] | None:
    """The ids that a list is limited to: the chosen store, or the person's own; None for no limit."""
    chosen = chosen_store()
    return current_staff().scope if chosen is None else [chosen]


def _shell(staff: StaffFacts) -> Shell:
    stores = [store for store in db.session.execute(_STORES) if staff.stores is None or store.id in staff.stores]
    choices = [_Everywhere(), *stores] if len(stores) > 1 else stores
    chosen = chosen_store()
    known = chosen if any(store.id == chosen for store in stores) else None
    support = isinstance(staff, SupportFacts)
    role = str(ROLE_NAMES["support" if support else staff.role])
    groups = list(_groups(staff.permissions))
    visit = _visit(staff) if support else ""
    return Shell(current().name, staff.name, role, groups, choices, known, visit, notices(staff))


def _visit(staff: SupportFacts) -> str:
    """Who of the platform is here, why, and until when."""
    return f"{staff.name} · {staff.reason} · {_('到 %(time)s', time=f'{shop_time(staff.until):%H:%M}')}"


class _Everywhere:
    id = None

    @property
    def name(self) -> str:
        return _("全部门店")


def _groups(allowed: Iterable[str]) -> Iterator[Group]:
    for group in MENU:
        items = tuple(item for item in group.items if item.permission is None or item.permission in allowed)
        if group.label == MARKETING:
            items += tuple(_plugin_items(allowed))
        if items:
            yield Group(group.label, items)


def _plugin_items(allowed: Iterable[str]) -> Iterator[Item]:
    for entry in entries(allowed):
        place = entry["path"].strip("/")
        yield Item(told(entry["label"]), f"{PAGES}/{entry['plugin']}/{place}", entry["icon"])
