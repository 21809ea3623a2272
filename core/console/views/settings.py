"""The shop's settings (设置) in sections, and where else something can be set."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from core.console.auth import current_staff, requires
from core.console.views.clash import Clash, clash, seen_version
from core.db import db
from core.editing.errors import StaleEdit
from core.limits import service as limits
from core.settings import service
from core.settings.schemas import ShopSettingsSchema
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.pages import Pages, done, render
from tenants.errors import Refusal

bp = Pages("console_settings_pages", __name__)

SECTIONS = (
    (_l("下单与库存"), ("pay_minutes", "complete_days", "low_stock_at")),
    (_l("联系与通知"), ("service_phone", "message_ready")),
    (_l("隐私政策"), ("privacy_version", "privacy_text")),
)
LINKS = (
    (_l("门店与配送"), _l("营业时间、自提时段、配送范围和运费"), "/console/stores", "building-store", "stores.view"),
    (_l("微信收款"), _l("小程序密钥和微信支付商户号"), "/console/payments", "brand-wechat", "payments.edit"),
    (_l("店铺装修"), _l("小程序首页放什么"), "/console/home", "layout-grid", "home.edit"),
    (_l("海报"), _l("打印门店二维码，贴在店里"), "/console/posters", "printer", "stores.view"),
    (_l("员工与权限"), _l("谁能登录，能做什么"), "/console/staff", "id-badge-2", "staff.edit"),
    (_l("插件中心"), _l("积分、满减等功能的开关"), "/console/plugin-center", "puzzle", "plugins.manage"),
    (_l("开店清单"), _l("还差哪几步就能卖货"), "/console/start", "list-check", None),
)


@bp.route("/settings", methods=["GET", "POST"])
@requires("settings.edit")
def index() -> Response | str:
    """Every setting in one form, with what the plan allows beside it."""
    form = Form(ShopSettingsSchema, service.shop_settings())
    version = seen_version() if request.method == "POST" else service.version()
    found: Clash | None = None
    if (data := form.submitted()) is not None:
        try:
            service.change(data, version)
        except StaleEdit as error:
            found = clash(error, form)
            version = found.version
        except Refusal as error:
            form.refuse(error)
        else:
            db.session.commit()
            return done(_("设置已保存"), "/console/settings")
    if request.method == "POST":
        db.session.rollback()
    allowed = current_staff().permissions
    links = [link for link in LINKS if link[4] is None or link[4] in allowed]
    return render(
        "console/settings/index.html", title=_("设置"), form=form, sections=SECTIONS, version=version, clash=found,
        links=links, usage=limits.usage(),
    )
