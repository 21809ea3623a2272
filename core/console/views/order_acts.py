"""What clerks do with orders: prepare, ready, ship, deliver, complete, one or many; cancel; leave a remark."""

from __future__ import annotations

from collections.abc import Callable

from flask import request, url_for
from sqlalchemy import RowMapping
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from core.console.auth import actor, current_staff, requires
from core.console.views.orders import chosen, opened
from core.db import db
from core.errors import Conflict
from core.fulfilment import reading
from core.fulfilment import service as fulfilment
from core.fulfilment.calling_off import STAFF_MAY, call_off
from core.orders import reading as orders_reading
from core.orders import service as orders
from core.orders.errors import IllegalMove
from core.orders.schemas import ReasonSchema, RemarkSchema
from core.staff import audit
from core.ui.errors import came_from
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.pages import Pages, done, flash, render
from tenants.errors import Refusal

bp = Pages("console_order_acts_pages", __name__)


def _prepare(order: RowMapping) -> None:
    fulfilment.prepare(order, actor())
    _note("prepare", order)


def _ready(order: RowMapping) -> None:
    fulfilment.ready(order, actor())
    _note("ready", order)


def _ship(order: RowMapping) -> None:
    fulfilment.ship(order, current_staff())
    _note("ship", order)


def _deliver(order: RowMapping) -> None:
    fulfilment.deliver(order, actor())
    _note("deliver", order)


def _complete(order: RowMapping) -> None:
    orders.complete(order["id"], actor(), "店员确认完成")
    _note("complete", order)


def _note(act: str, order: RowMapping) -> None:
    audit.record(f"orders.{act}", f"order:{order['number']}")


ACTS: dict[str, tuple[Callable[[RowMapping], None], object]] = {
    "prepare": (_prepare, _l("已开始备货")),
    "ready": (_ready, _l("已备好，系统会通知顾客")),
    "ship": (_ship, _l("已发货")),
    "deliver": (_deliver, _l("已送达")),
    "complete": (_complete, _l("订单已完成")),
}
_FOR_MANY = ("prepare", "ready")
_TOLD = 3
"""So many refusals of an act with many orders are told one by one."""


def locked(number: str) -> RowMapping:
    """The order, locked; raises OrderNotFound, OtherStore."""
    order = orders_reading.lock_order(number)
    current_staff().check_store(order["store_id"])
    return order


def page_of(number: str) -> str:
    return url_for("console_orders_pages.show", number=number)


@bp.route("/orders/<number:number>/<any(prepare, ready, ship, deliver, complete):act>", methods=["POST"])
@requires("orders.prepare")
def move(number: str, act: str) -> Response:
    """One step on; a refusal (on hold, somebody was faster) is told on the page of the order."""
    ACTS[act][0](locked(number))
    db.session.commit()
    return done(str(ACTS[act][1]), page_of(number))


@bp.route("/orders/move", methods=["POST"])
@requires("orders.prepare")
def move_chosen() -> Response:
    """The same step with the ticked orders; those that can't take it stay as they are and are named."""
    act = request.form.get("act", "")
    if act not in _FOR_MANY:
        raise NotFound
    numbers = reading.numbers(chosen())
    refused = [found for number in numbers if (found := _try(act, number))]
    db.session.commit()
    if refused:
        flash(_("%(n)s 个订单没有变：%(why)s", n=len(refused), why="；".join(refused[:_TOLD])), "warning")
    went = len(numbers) - len(refused)
    return done(_("%(n)s 个订单：%(what)s", n=went, what=ACTS[act][1]) if went else "", came_from() or "/console/orders")


def _try(act: str, number: str) -> str:
    """Why the order could not take the step, empty when it did; raises OtherStore."""
    try:
        with db.session.begin_nested():
            ACTS[act][0](locked(number))
    except Conflict as error:
        return f"{number[-6:]} {told(error.message)}"
    return ""


@bp.route("/orders/<number:number>/cancel", methods=["GET", "POST"])
@requires("orders.cancel")
def cancel(number: str) -> Response | str:
    """Cancel with a reason that the buyer reads: unpaid orders are closed, paid ones refunded whole."""
    page = opened(number)
    form = Form(ReasonSchema)
    data = form.submitted()
    if data is not None:
        try:
            state = call_off(locked(number), STAFF_MAY, actor(), data["reason"])
            audit.record("orders.cancel", f"order:{number}", state=state, reason=data["reason"])
            db.session.commit()
            return done(_("订单已取消"), page_of(number))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    elif request.method == "GET" and page["order"]["state"] not in {"pending", *STAFF_MAY}:
        raise IllegalMove(_("这个订单现在不能取消"), state=page["order"]["state"])
    return render("console/orders/cancel.html", title=_("取消订单"), form=form, **page)


@bp.route("/orders/<number:number>/remark", methods=["GET", "POST"])
@requires("orders.remark")
def remark(number: str) -> Response | str:
    """A remark for the other staff."""
    form = Form(RemarkSchema)
    data = form.submitted()
    if data is not None:
        fulfilment.remark(locked(number), data["remark"], actor())
        audit.record("orders.remark", f"order:{number}")
        db.session.commit()
        return done(_("备注已保存"), page_of(number))
    return render("console/orders/remark.html", title=_("订单备注"), form=form, **opened(number))
