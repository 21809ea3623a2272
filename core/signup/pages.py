"""Opening a shop in the browser (商户入驻): a form, the work with its progress, and the way in. And the front door `/`."""

from __future__ import annotations

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from core.services import services
from core.signup import service
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.pages import Pages, render
from tenants.errors import Refusal, SignupInvalid
from tenants.signup import SignupSchema

bp = Pages("signup_pages", __name__, template_folder="templates")

LABELS = {
    "retailer": (_l("商户名称"), _l("顾客看到的店名，例如：桥西便民超市")),
    "slug": (_l("店铺网址"), _l("小写字母、数字、连字符，例如 qiaoxi")),
    "phone": (_l("手机号"), _l("店主登录用")),
    "password": (_l("密码"), _l("至少 8 位")),
}
_FILLED = {"phone": "username", "password": "new-password", "retailer": "organization"}
STEPS = {"requested": 1, "provisioning": 2, "active": 3}


@bp.route("/")
def front() -> Response | str:
    """Staff go to their console, everybody else learns what this is."""
    if services().registry.by_host(request.host) is not None:
        return redirect("/console/")
    return render("signup/front.html", title=_("集市"), brand=_("集市"))


@bp.route("/signup", methods=["GET", "POST"])
def sign_up() -> Response | str:
    """Name, address, phone and password; what is wrong stands beside its field."""
    _only_here()
    form = Form(_LabelledSchema)
    data = form.submitted()
    if data is not None:
        try:
            return redirect(f"/signup/{service.request(data)}", 303)
        except SignupInvalid as error:
            form.refuse_all(error.extra["errors"])
        except Refusal as error:
            form.refuse(error)
    return render("signup/form.html", title=_("免费开店"), brand=_("集市"), form=form, domain=services().config.domain)


@bp.route("/signup/<slug>")
def progress(slug: str) -> str:
    """How far it is; the page asks again by itself until the shop stands."""
    _only_here()
    status = service.status(slug)
    return render(
        "signup/progress.html", title=_("正在开店"), brand=_("集市"), status=status, step=STEPS[status["status"]],
        shop_url=_address(status.get("address", "")),
    )


def _only_here() -> None:
    """A shop's own host offers no other shop."""
    if services().registry.by_host(request.host) is not None:
        abort(404)


def _address(host: str) -> str:
    """The console of the new shop, on the port under which this page was reached."""
    port = request.host.rpartition(":")[2] if ":" in request.host else ""
    return f"{request.scheme}://{host}{':' + port if port else ''}/console/login?next=/console/start" if host else ""


class _LabelledSchema(SignupSchema):
    """The same fields with what the form says of them."""

    def on_bind_field(self, field_name, field_obj) -> None:
        label, told = LABELS[field_name]
        field_obj.metadata = {**field_obj.metadata, "label": label, "help": told, "secret": field_name == "password",
                              "autocomplete": _FILLED.get(field_name, "off")}
