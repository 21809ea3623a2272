"""The counter: who comes with a code or a phone number gets the goods, once; and what there is to prepare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from core.console.auth import actor, current_staff, requires
from core.console.shell import shell
from core.console.views import pickup_rows
from core.console.views.pickup_rows import Verdict
from core.db import db
from core.errors import Invalid
from core.fulfilment import counter, reading
from core.fulfilment import service as fulfilment
from core.fulfilment.schemas import MAX_PICKLIST
from core.orders.reading import lock_order
from core.staff import audit
from core.ui.errors import came_from
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from tenants.errors import Refusal

bp = Pages("console_pickup_pages", __name__)

_ROWS = 12


@bp.route("/pickup")
@requires("orders.pickup")
def index() -> str:
    """The counter; `?code=` looks something up, `?done=` tells that an order was handed out."""
    store_id = counter_store()
    if store_id is None:
        return _choose("console_pickup_pages.index")
    return _page(store_id, _asked(store_id))


@bp.route("/pickup/verify", methods=["POST"])
@requires("orders.pickup")
def verify() -> Response | str:
    """Hand out what was looked up."""
    store_id, typed, number = _store(), request.form.get("code", ""), _digits(request.form.get("number"))
    try:
        given = _hand_out(store_id, typed, number)
    except Refusal as error:
        db.session.rollback()
        return _page(store_id, _refused(error, store_id, typed, number))
    db.session.commit()
    return done("", url_for(".index", done=given.number))


@bp.route("/pickup/verify")
@requires("orders.pickup")
def to_counter() -> Response:
    """Where only a form leads: who comes by the address sees the counter."""
    return redirect(url_for(".index"), 303)


@bp.route("/pickup/<number:number>/prepare", methods=["POST"])
@requires("orders.prepare")
def prepare(number: str) -> Response:
    """Somebody begins to fetch the goods."""
    return _move(number, lambda order: fulfilment.prepare(order, actor()), "prepare", _("开始备货"))


@bp.route("/pickup/<number:number>/ready", methods=["POST"])
@requires("orders.prepare")
def ready(number: str) -> Response:
    """The goods lie ready; the customer is told."""
    return _move(number, lambda order: fulfilment.ready(order, actor()), "ready", _("已备好，自提的顾客会收到通知"))


@bp.route("/pickup/picklist")
@requires("orders.view")
def picklist() -> str:
    """Everything to fetch for the store's open orders, by shelf or by category, to be ticked or printed."""
    store_id = counter_store()
    if store_id is None:
        return _choose("console_pickup_pages.picklist")
    found = reading.picklist(store_id, MAX_PICKLIST)
    known = any(total["shelf_location"] for total in found["totals"])
    by = request.args.get("by") if request.args.get("by") in ("shelf", "category") else "shelf" if known else "category"
    return render(
        "console/pickup/picklist.html", title=_("拣货单"), by=by, orders=[_to_pick(order) for order in found["orders"]],
        groups=pickup_rows.groups(found["totals"], by), store_name=_name(store_id), most=MAX_PICKLIST,
    )


def counter_store() -> int | None:
    """The store at whose counter one stands: the chosen one, or the only one."""
    stores = shell().stores
    return stores[0].id if len(stores) == 1 else shell().store_id


def _name(store_id: int) -> str:
    return next((store.name for store in shell().stores if store.id == store_id), "")


def _choose(endpoint: str) -> str:
    stores = [store for store in shell().stores if store.id is not None]
    return render("console/pickup/store.html", title=_("备货核销"), stores=stores, after=url_for(endpoint))


def _asked(store_id: int) -> Verdict | None:
    typed = request.args.get("code", "").strip()
    if typed:
        return pickup_rows.look(store_id, typed, _digits(request.args.get("number")))
    given = _digits(request.args.get("done"))
    return pickup_rows.finished(store_id, given) if given else None


def _digits(text: str | None) -> str:
    """An order's number, or nothing."""
    return text if text and text.isascii() and text.isdecimal() else ""


def _page(store_id: int, verdict: Verdict | None) -> str:
    lists = {
        "to_prepare": counter.to_prepare(store_id, _ROWS),
        "ready": counter.ready(store_id, _ROWS),
        "given": counter.given_today(store_id, _ROWS),
    }
    return render(
        "console/pickup/index.html", title=_("备货核销"), verdict=verdict, store_id=store_id, lists=lists,
        store_name=_name(store_id), slot=pickup_rows.slot,
        may_prepare="orders.prepare" in current_staff().permissions,
    )


def _store() -> int:
    """The store of the posted form; raises OtherStore."""
    posted = request.form.get("store", "")
    if not posted.isascii() or not posted.isdecimal() or len(posted) > 18:
        raise Invalid(_("请先选择门店"))
    current_staff().check_store(int(posted))
    return int(posted)


def _hand_out(store_id: int, typed: str, number: str) -> fulfilment.HandedOver:
    kind, digits = counter.understood(typed)
    if kind == counter.CODE:
        given = fulfilment.verify_code(store_id, digits, current_staff())
    elif kind == counter.TAIL:
        given = fulfilment.verify_phone(store_id, digits, number or None, current_staff())
    else:
        raise Invalid(_("请扫提货码，或输入顾客手机号的后 4 位"))
    audit.record("orders.pickup", f"order:{given.number}", method=kind)
    return given


def _refused(error: Refusal, store_id: int, typed: str, number: str) -> Verdict:
    """Why it did not work: as the order stands now, else what the refusal says."""
    verdict = pickup_rows.look(store_id, typed, number)
    return verdict if verdict.kind != "found" else Verdict("refused", _("没有交付"), error.message, verdict.order)


def _move(number: str, act: Callable[[RowMapping], object], name: str, message: str) -> Response:
    order = lock_order(number)
    current_staff().check_store(order["store_id"])
    act(order)
    audit.record(f"orders.{name}", f"order:{number}")
    db.session.commit()
    typed = request.form.get("code", "")[:40]
    back = url_for(".index", code=typed, number=number) if typed else came_from() or url_for(".index")
    return done(message, back)


def _to_pick(order: dict[str, Any]) -> dict[str, Any]:
    return {**order, "phone_tail": (order["contact_phone"] or "")[-4:], "slot": pickup_rows.slot(order)}
