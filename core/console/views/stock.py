"""Stock of one store at a time: the list, receiving, counting, moving, warnings, and the moves behind a figure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.catalog.errors import SkuNotFound
from core.console.auth import acting_id, current_staff, requires
from core.console.shell import chosen_store
from core.console.views import stock_rows as rows
from core.console.views.stock_acts import RECEIVE, TRANSFER, Act, check_target, my_stores
from core.db import db
from core.stock import byhand, listing
from core.stock.errors import StockMoved
from core.stock.schemas import LowAtSchema, TallySchema
from core.stores.service import find_store
from core.ui.errors import came_from
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from core.web.fields import quantity_text
from tenants.errors import Refusal

bp = Pages("console_stock_pages", __name__)

EDIT = "stock.edit"
_LARGEST_ID = 18
_PLACE = "/stock/<id:store_id>/<id:sku_id>"


@bp.route("/stock")
@requires(EDIT)
def index() -> str:
    """What a store has; `store` in the address says which, else the one that is looked at."""
    stores = my_stores()
    store = _looked_at(stores)
    return render(
        "console/stock/index.html", title=_("库存"), store=store, permissions=current_staff().permissions,
        several=len(stores) > 1, listing=rows.stock_listing(store, stores) if store else None,
    )


@bp.route(_PLACE)
@requires(EDIT, store="store_id")
def show(store_id: int, sku_id: int) -> str:
    """One SKU in one store, and every change of its stock there."""
    row = _row(store_id, sku_id)
    return render(
        "console/stock/show.html", title=row["title"], row=row, store=find_store(store_id),
        listing=rows.moves_listing(sku_id, store_id),
    )


@bp.route(f"{_PLACE}/receive", methods=["GET", "POST"])
@requires(EDIT, store="store_id")
def receive(store_id: int, sku_id: int) -> Response | str:
    """入库: goods that arrived."""
    return _act(RECEIVE, store_id, sku_id)


@bp.route(f"{_PLACE}/transfer", methods=["GET", "POST"])
@requires(EDIT, store="store_id")
def transfer(store_id: int, sku_id: int) -> Response | str:
    """调拨: to another store that the person may act for."""
    return _act(TRANSFER, store_id, sku_id)


def _act(act: Act, store_id: int, sku_id: int) -> Response | str:
    row, form = _row(store_id, sku_id), act.form(store_id)
    if (data := form.submitted()) is not None:
        check_target(data)
        try:
            act.book(store_id, [(sku_id, data["quantity"])], data, None)
            db.session.commit()
            said = str(act.said) % {"amount": _text(data["quantity"]), "unit": row["unit"]}
            return done(said, _back(store_id, sku_id))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return _form(str(act.titles[0]), row, form, store_id)


@bp.route(f"{_PLACE}/count", methods=["GET", "POST"])
@requires(EDIT, store="store_id")
def count(store_id: int, sku_id: int) -> Response | str:
    """盘点: what is really there. The book's figure that the counter saw goes along."""
    row, form = _row(store_id, sku_id), Form(TallySchema, only=["counted", "reason"])
    seen = row["on_hand"]
    if (data := form.submitted()) is not None:
        seen = _amount("seen")
        try:
            tally = byhand.Tally(sku_id, data["counted"], seen)
            byhand.count(store_id, [tally], data["reason"], acting_id())
            db.session.commit()
            said = _("已盘点为 %(amount)s %(unit)s", amount=_text(data["counted"]), unit=row["unit"])
            return done(said, _back(store_id, sku_id))
        except StockMoved as error:
            seen = error.extra["current"][str(sku_id)]
            db.session.rollback()
            form.problem = _("盘点期间库存有变动，账面现在是 %(amount)s，请核对后再提交", amount=seen)
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return _form(_("盘点"), row, form, store_id, seen=row["on_hand"] if seen is None else seen)


@bp.route(f"{_PLACE}/low", methods=["GET", "POST"])
@requires(EDIT, store="store_id")
def low(store_id: int, sku_id: int) -> Response | str:
    """From which amount on this SKU runs low in this store."""
    row = _row(store_id, sku_id)
    form = Form(LowAtSchema, {"low_at": None if row["low_at"] is None else _text(row["low_at"])})
    if (data := form.submitted()) is not None:
        try:
            byhand.set_low_at(store_id, [sku_id], data["low_at"])
            db.session.commit()
            return done(_("已保存"), _back(store_id, sku_id))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return _form(_("低库存提醒"), row, form, store_id, submit=_("保存"))


def _form(
    what: str, row: Mapping[str, Any], form: Form, store_id: int, seen: Any = None, submit: str = ""
) -> str:
    return render(
        "console/stock/form.html", title=what, row=row, form=form, store_id=store_id, seen=seen, submit=submit,
        store_name=find_store(store_id).name,
    )


def _row(store_id: int, sku_id: int) -> Mapping[str, Any]:
    """Raises StoreNotFound, SkuNotFound."""
    find_store(store_id)
    found = listing.rows(store_id, [sku_id])
    if not found:
        raise SkuNotFound
    return found[0]


def _looked_at(stores: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The store of the address, else the chosen one, else the first; raises OtherStore, or gives None without any."""
    asked = request.args.get("store", "")
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= _LARGEST_ID else None
    if wanted is not None:
        current_staff().check_store(wanted)
    wanted = wanted or chosen_store()
    return next((store for store in stores if store["id"] == wanted), stores[0] if stores else None)


def _amount(name: str) -> Decimal | None:
    try:
        found = Decimal(request.form.get(name, ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _text(amount: Decimal) -> str:
    return quantity_text(amount)


def _back(store_id: int, sku_id: int) -> str:
    """The list as it was filtered, or the SKU's own page, wherever the form was opened from."""
    back = came_from() or ""
    places = {url_for(".index"), url_for(".show", store_id=store_id, sku_id=sku_id)}
    return back if back.partition("?")[0] in places else url_for(".index", store=store_id)
