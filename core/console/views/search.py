"""The search at the top: orders, products and people at once; one exact hit is opened straight away."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from core.buyers import listing as people
from core.catalog import listing as catalog
from core.console.auth import current_staff, requires
from core.console.shell import stores_in_view
from core.console.views import order_rows
from core.orders import listing as orders
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, render

bp = Pages("console_search_pages", __name__)

_SHOWN = 8
_BARCODE = re.compile(r"[0-9]{8,14}")
_Found = Sequence[Mapping[str, Any]]


@bp.route("/search")
@requires()
def index() -> Response | str:
    """What the person may see of it: orders of the stores in view, products, members."""
    q = order_rows.typed(request.args.get("q"))
    found_orders, found_products, found_people = (find(q) if q else [] for find in (_orders, _products, _people))
    place = _only(q, found_orders, found_products, found_people)
    if place:
        return redirect(place, 303)
    rows = [{**one, "state_name": order_rows.state_name(one["state"], one["fulfilment"]),
             "tone": order_rows.TONES[one["state"]], "phone": order_rows.phone_shown(one["contact_phone"])}
            for one in found_orders]
    return render(
        "console/search.html", title=_("搜索"), q=q, orders=rows, products=found_products, people=found_people, most=_SHOWN,
        may_orders=_may("orders.view"),
    )


def _may(permission: str) -> bool:
    return permission in current_staff().permissions


def _orders(q: str) -> _Found:
    wanted = orders.Wanted(stores_in_view(), q=q, by_goods=False)
    return orders.list_orders(wanted, limit=_SHOWN).items if _may("orders.view") else []


def _products(q: str) -> _Found:
    wanted = catalog.Wanted(stores_in_view(), q=q)
    return catalog.list_products(wanted, limit=_SHOWN).items if _may("catalog.view") else []


def _people(q: str) -> _Found:
    wanted = people.Wanted(q)
    return people.list_members(wanted, _may("members.edit"), limit=_SHOWN).items if _may("members.view") else []


def _only(q: str, found_orders: _Found, found_products: _Found, found_people: _Found) -> str | None:
    """The page of the one order with this number, or of the one product with this barcode."""
    if [one["number"] for one in found_orders] == [q]:
        return url_for("console_orders_pages.show", number=q)
    scanned = _BARCODE.fullmatch(q) and not found_orders and not found_people
    return f"/console/products/{found_products[0]['id']}" if scanned and len(found_products) == 1 else None
