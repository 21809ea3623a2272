"""Money of one order: another price before it is paid (改价), money back after it. Both show the sum before they count."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from core.console.auth import actor, requires
from core.console.views.order_acts import locked, page_of
from core.console.views.order_forms import PriceForm, RefundForm
from core.console.views.orders import opened
from core.crypto import new_token
from core.db import db
from core.orders import adjust, previewing
from core.orders.domain import REFERENCE
from core.orders.errors import IllegalMove, NegativeLine
from core.payments.refunds import request_refund
from core.staff import audit
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from tenants.errors import Refusal

bp = Pages("console_order_money_pages", __name__)


@bp.route("/orders/<number:number>/adjust", methods=["GET", "POST"])
@requires("orders.adjust")
def adjust_form(number: str) -> Response | str:
    """改价: what every line shall cost, something off the whole, and why; saved once its sum was shown."""
    page = opened(number)
    order = page["order"]
    if request.method == "GET" and order["state"] != "pending":
        raise IllegalMove(_("只有待付款的订单可以改价"), state=order["state"])
    form = PriceForm(order)
    preview = _previewed(form, int(order["id"]))
    if preview and request.form.get("act") == "save" and form.agreed(preview.after_fen):
        try:
            return _adjusted(number, form)
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render("console/orders/adjust.html", title=_("改价"), form=form, preview=preview, **page)


def _previewed(form: PriceForm, order_id: int) -> previewing.Preview | None:
    if not form.submitted():
        return None
    try:
        return previewing.preview(order_id, form.line_changes, form.order_changes)
    except NegativeLine:
        form.refuse_all({"whole_fen": [_("整单优惠超过了商品金额，请改小一些")]})
    except Refusal as error:
        form.refuse(error)
    return None


def _adjusted(number: str, form: PriceForm) -> Response:
    order = locked(number)
    payable = adjust.adjust(order["id"], form.line_changes, form.order_changes, actor(), form.why)
    changes = len(form.line_changes) + len(form.order_changes)
    audit.record("orders.adjust", f"order:{number}", payable_fen=payable, changes=changes, why=form.why)
    db.session.commit()
    return done(_("已改价，顾客现在应付 %(amount)s", amount=form.amount(payable)), page_of(number))


@bp.route("/orders/<number:number>/refund", methods=["GET", "POST"])
@requires("orders.refund")
def refund_form(number: str) -> Response | str:
    """Give back some of the lines or everything that is left; the form's own key makes it count once."""
    page = opened(number)
    order = page["order"]
    if request.method == "GET" and not order["refundable"]["lines"]:
        raise IllegalMove(_("这个订单没有可退的金额"), state=order["state"])
    form = RefundForm(order)
    if form.submitted() and request.form.get("act") == "save" and form.agreed(form.amount_fen):
        try:
            return _refunded(number, form)
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render("console/orders/refund.html", title=_("退款"), form=form, key=_key(), **page)


def _key() -> str:
    """The number of this refund: the form keeps it, however often it is drawn."""
    given = request.form.get("key", "")
    return given if REFERENCE.fullmatch(given) else new_token(15)


def _refunded(number: str, form: RefundForm) -> Response:
    order = locked(number)
    refund_no = request_refund(order["id"], form.wanted, form.reason, actor(), f"staff:{_key()}")
    audit.record("orders.refund", f"order:{number}", refund_no=refund_no, reason=form.reason)
    db.session.commit()
    return done(_("退款 %(amount)s 已提交，原路退回顾客", amount=form.amount(form.amount_fen)), page_of(number))
