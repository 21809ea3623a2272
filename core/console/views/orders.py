"""The list of orders, one order with its whole story, and slips to print."""

from __future__ import annotations

from typing import Any

import segno
from flask import request, url_for
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from core.clock import now, shop_time
from core.console.api.columns import columns as columns_of_plugins
from core.console.auth import context, current_staff, requires
from core.console.shell import shell
from core.console.views import order_rows, order_story
from core.errors import Invalid
from core.fulfilment import reading
from core.orders import listing
from core.orders.words import FULFILMENTS
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.listing import Listing, plugin_cells, plugin_columns
from core.ui.pages import Pages, done, render
from core.web.exports import csv_response, xlsx_response

bp = Pages("console_orders_pages", __name__)

_FILES = {"csv": csv_response, "xlsx": xlsx_response}
_PAPERS = ("till", "a4")


@bp.route("/orders")
@requires("orders.view")
def index() -> str:
    """Orders of the stores in view, newest first."""
    wanted = order_rows.wanted()
    found = listing.list_orders(wanted, request.args.get("cursor"), order_rows.PAGE)
    theirs = columns_of_plugins(context(), "orders", [order["id"] for order in found.items])
    rows = [order_rows.row(order) for order in found.items]
    for row in rows:
        row.cells.update(plugin_cells(theirs, row.id))
    table = Listing(
        [*order_rows.columns(), *plugin_columns(theirs)], rows, found.next_cursor, found.previous_cursor,
        _("订单号、手机、姓名、商品"), order_rows.filters(wanted), order_rows.bulk(), order_rows.exports(),
        order_rows.empty(),
    )
    return render("console/orders/index.html", title=_("订单"), listing=table)


@bp.route("/orders/export.<any(csv, xlsx):kind>")
@requires("orders.view")
def export(kind: str) -> Response:
    """The orders of the list as a file, at most `order_rows.EXPORTED`."""
    rows = order_rows.exported(order_rows.wanted())
    name = f"{_('订单')}-{shop_time(now()):%Y%m%d-%H%M}"
    return _FILES[kind](name, order_rows.exported_columns(), rows, order_rows.EXPORTED)


@bp.route("/orders/<number:number>")
@requires("orders.view")
def show(number: str) -> str:
    """Everything about one order, and what to do next with it."""
    return render("console/orders/show.html", title=_("订单 %(number)s", number=number), **opened(number))


def opened(number: str) -> dict[str, Any]:
    """What the page of an order shows; raises OrderNotFound, OtherStore."""
    order = reading.story(number, context())
    staff = current_staff()
    staff.check_store(int(order["store_id"]))
    return {
        "order": order,
        "lines": order_story.lines(order),
        "state": order_rows.state_name(order["state"], order["fulfilment"]),
        "tone": order_rows.TONES[order["state"]],
        "advice": order_story.advice(order),
        "steps": order_story.steps(order, staff.permissions),
        "more": order_story.more(order, staff.permissions),
        "people": order_story.people(order, staff.permissions),
        "facts": order_story.facts(order),
        "may": staff.permissions,
        "payments": [order_story.payment(one) for one in order["payments"]],
        "refunds": [order_story.refund(one) for one in order["refunds"]],
        "phone": order_rows.phone_shown(order["contact_phone"]),
    }


@bp.route("/orders/<number:number>/print")
@requires("orders.view")
def print_one(number: str) -> str:
    """The slip that lies in the bag."""
    return _slips([number])


@bp.route("/orders/print", methods=["GET", "POST"])
@requires("orders.view")
def print_chosen() -> Response | str:
    """Slips of several orders, one page each."""
    if request.method == "POST":
        numbers = reading.numbers(chosen())
        return done("", url_for(".print_chosen", n=numbers))
    return _slips([number for number in request.args.getlist("n")[: order_rows.PAGE] if number.isdecimal()])


def chosen() -> list[int]:
    """The ids of the orders that were ticked, at most a page; raises Invalid for none."""
    ids = request.form.getlist("ids")[: order_rows.PAGE]
    if not ids or not all(id_.isascii() and id_.isdigit() and len(id_) < 19 for id_ in ids):
        raise Invalid(_("请先选择订单"))
    return [int(id_) for id_ in ids]


def _slips(numbers: list[str]) -> str:
    slips = reading.slips(numbers)
    if not slips:
        raise NotFound
    for slip in slips:
        current_staff().check_store(slip["store_id"])
    paper = request.args.get("paper")
    papers = {name: url_for(request.endpoint, **{**request.view_args, "n": numbers, "paper": name}) for name in _PAPERS}
    back = url_for(".show", number=slips[0]["number"]) if len(slips) == 1 else url_for(".index")
    return render(
        "console/orders/print.html", title=_("打印订单"), slips=[_slip(one) for one in slips], shop=shell().shop,
        paper=paper if paper in _PAPERS else "till", papers=papers, printed_at=now(), back=back,
    )


def _slip(order: dict[str, Any]) -> dict[str, Any]:
    """A delivery shows the courier the whole phone; at the counter its end will do."""
    carried = order["fulfilment"] == "delivery" and "orders.prepare" in current_staff().permissions
    code = segno.make(order["number"], error="m", micro=False)
    to = order["delivery_to"] or {}
    phone = to.get("phone") or order["contact_phone"]
    return {
        **order,
        "phone": phone if carried else order_rows.phone_shown(phone),
        "contact": to.get("contact") or order["buyer_name"] or order["member_no"],
        "address": order_story.address(to),
        "how": told(FULFILMENTS.get(order["fulfilment"], order["fulfilment"])),
        "state_name": order_rows.state_name(order["state"], order["fulfilment"]),
        "qr": Markup(code.svg_inline(scale=3, border=0, omitsize=True, lineclass=None, svgclass="slip-code")),  # noqa: S704 - digits
    }
