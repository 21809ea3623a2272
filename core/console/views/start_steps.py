"""The way to the first sale (开店清单), computed from what the shop really has. One statement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text

from core.db import db
from core.ui.i18n import gettext as _
from tenants.context import current

_FACTS = text(
    """
    SELECT EXISTS (SELECT 1 FROM store WHERE active) AS store,
           EXISTS (SELECT 1 FROM product WHERE on_shelf) AS product,
           EXISTS (SELECT 1 FROM wechat_app) AS app,
           EXISTS (SELECT 1 FROM payment_profile) AS profile,
           EXISTS (SELECT 1 FROM payment WHERE state = 'paid')
               OR coalesce((SELECT (detail ->> 'ok')::boolean FROM audit_log WHERE action = 'payments.check'
                            AND target = 'payment_profile' ORDER BY id DESC LIMIT 1), false) AS checked,
           EXISTS (SELECT 1 FROM audit_log WHERE action = 'posters.print') AS poster,
           EXISTS (SELECT 1 FROM orders WHERE paid_at IS NOT NULL) AS sold
    """
)


@dataclass(frozen=True, slots=True)
class Step:
    """`button` and `path` lead to where it is done; `allowed` is whether this person may; `more` are further ways."""

    name: str
    title: str
    text: str
    done: bool
    button: str
    path: str
    icon: str
    allowed: bool = True
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def finished(self) -> bool:
        """All is done: the dashboard says nothing of it any more."""
        return self.done == self.total

    @property
    def next(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)


def start(permissions: Collection[str]) -> Start:
    """How far the shop is, for somebody with `permissions`."""
    facts = db.session.execute(_FACTS).one()
    return Start((
        Step("store", _("开一家门店"), _("填地址、营业时间和配送范围"), facts.store, _("去建门店"), "/console/stores/new",
             "building-store", "stores.edit" in permissions, ((_("查看门店"), "/console/stores"),)),
        Step("products", _("放上商品"), _("用 Excel 表格一次导入，也可以一个一个添加"), facts.product, _("批量导入"),
             "/console/imports", "package", "imports.run" in permissions,
             ((_("手工添加"), "/console/products/new"), (_("看商品"), "/console/products"))),
        Step("app", _("填小程序密钥"), _("顾客用微信登录、扫码进店都靠它"), facts.app, _("填小程序"),
             "/console/payments/apps/new", "brand-wechat", "payments.edit" in permissions),
        Step("pay", _("开通收款并检测"), _pay_text(facts.profile, facts.checked), facts.profile and facts.checked,
             _("去检测") if facts.profile else _("填商户号"),
             "/console/payments" if facts.profile else "/console/payments/account", "credit-card",
             "payments.edit" in permissions),
        Step("plugin", _("开一个插件试试"), _("积分、满减，需要什么开什么，随时能关"), bool(current().plugins),
             _("逛插件中心"), "/console/plugin-center", "puzzle", "plugins.manage" in permissions),
        Step("poster", _("打印海报"), _("贴在门口和收银台，顾客扫码进店"), facts.poster, _("打印海报"),
             "/console/posters", "printer", "stores.view" in permissions),
        Step("sale", _("卖出第一单"), _("自己先用手机扫海报下一单，付 1 分钱也行，看看备货和核销"), facts.sold,
             _("去看订单"), "/console/orders", "receipt", "orders.view" in permissions),
    ))


def _pay_text(profile: bool, checked: bool) -> str:
    if profile and checked:
        return _("顾客付的钱直接进您自己的商户号")
    if profile:
        return _("商户号已填，还没有检测通过：点一下检测，微信马上告诉您对不对")
    return _("填微信支付商户号，马上问微信对不对")
