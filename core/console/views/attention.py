"""待处理: whatever does not get on by itself, with what can be done about it."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import url_for
from werkzeug.wrappers import Response

from core.console.auth import current_staff, requires
from core.console.shell import stores_in_view
from core.console.views.attention_rows import grouped, matters
from core.db import db
from core.payments import stuck
from core.payments.errors import RefundNotFailing
from core.staff import audit
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.pages import Pages, done, render
from core.web.text import Text
from tenants.errors import Refusal

bp = Pages("console_attention_pages", __name__)

ACT = "orders.refund"
_SHOWN = 30
_OWN = {"stuck_payments": "payments", "failing_refunds": "refunds"}
"""Areas whose rows stand on this page, under these names."""


class SettledSchema(ma.Schema):
    note = Text(
        500, required=True,
        metadata={"label": "钱是怎么退的", "help": "例如：6 月 3 日现金退给顾客本人，有签字", "multiline": True},
    )


@bp.route("/attention")
@requires("orders.view")
def index() -> str:
    """Everything that is open, in groups."""
    stores, may_act = stores_in_view(), ACT in current_staff().permissions
    found = matters(stores)
    kinds = {one.area for one in found}
    payments = stuck.stuck_payments(stores, None, _SHOWN) if "stuck_payments" in kinds else []
    refunds = stuck.failing_refunds(stores, None, _SHOWN) if "failing_refunds" in kinds and may_act else []
    return render(
        "console/attention/index.html", title=_("待处理"), may_act=may_act, payments=[_told(row) for row in payments],
        refunds=[_told(row) for row in refunds], groups=grouped([one for one in found if one.area not in _OWN]),
        is_quiet=not found,
    )


@bp.route("/attention/payments/<id:payment_id>/retry", methods=["POST"])
@requires(ACT)
def retry_payment(payment_id: int) -> Response:
    """Ask WeChat now what became of a payment."""
    stuck.retry_payment(payment_id, current_staff().scope)
    audit.record("payments.retry", f"payment:{payment_id}")
    db.session.commit()
    return done(_("已重新向微信核实，稍后刷新看结果"), url_for(".index"))


@bp.route("/attention/refunds/<id:refund_id>/retry", methods=["POST"])
@requires(ACT)
def retry_refund(refund_id: int) -> Response:
    """Send a refund again, under its number: never twice."""
    stuck.retry_refund(refund_id, current_staff().scope)
    audit.record("refunds.retry", f"refund:{refund_id}")
    db.session.commit()
    return done(_("已重新提交退款，稍后刷新看结果"), url_for(".index"))


@bp.route("/attention/refunds/<id:refund_id>/settle", methods=["GET", "POST"])
@requires(ACT)
def settle_refund(refund_id: int) -> Response | str:
    """Note that the money went back another way."""
    staff = current_staff()
    found = stuck.failing_refunds(staff.scope, refund_id - 1, 1)
    if not found or found[0]["id"] != refund_id:
        raise RefundNotFailing
    form = Form(SettledSchema)
    if (data := form.submitted()) is not None:
        try:
            stuck.settle_refund(refund_id, data["note"], staff.id, staff.scope)
            audit.record("refunds.settle", f"refund:{refund_id}", note=data["note"])
            db.session.commit()
            return done(_("已登记为线下退款"), url_for(".index"))
        except Refusal as error:
            form.refuse(error)
    return render("console/attention/settle.html", title=_("登记线下退款"), form=form, one=_told(found[0]))


def _told(row: Any) -> dict[str, Any]:
    return {**row, "told": told(row["error"] or "")}
