"""Entering a shop (进店支持): a reason, then a link to the shop's own host that works once within a minute."""

from __future__ import annotations

from flask import request

from core.operator import directory, support
from core.operator.pages.acts import Act, ReasonSchema
from core.operator.pages.auth import current_operator, operates
from core.operator.support import Ticket
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, render
from tenants.errors import Refusal

bp = Pages("operator_entering_pages", __name__)


@bp.route("/tenants/<id:tenant_id>/enter", methods=["GET", "POST"])
@operates
def enter(tenant_id: int) -> str:
    tenant, form = directory.detail(tenant_id).row, Form(ReasonSchema)
    data = form.submitted()
    if data is not None:
        try:
            ticket = support.enter(current_operator(), tenant_id, data["reason"])
            return render("operator/tenants/entered.html", title=_("进店支持"), tenant=tenant, address=_address(ticket))
        except Refusal as error:
            form.refuse(error)
    told = _(
        "商户会看到您的姓名、原因和做的每件事。一小时后自动退出；不能退款、取消订单、核销，不能动员工、收款、密钥和插件。"
    )
    about = Act(support.enter, _("进店支持"), told, "", danger=False)
    return render("operator/tenants/act.html", title=about.title, act=about, form=form, tenant=tenant)


def _address(ticket: Ticket) -> str:
    """On the port under which this page was reached."""
    port = request.host.rpartition(":")[2] if ":" in request.host else ""
    return f"{request.scheme}://{ticket.address}{':' + port if port else ''}/console/support/{ticket.ticket}"
