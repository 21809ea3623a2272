"""Stores (门店): as cards, and each one's form with hours, pickup slots and delivery zones."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core import districts
from core.console.auth import current_staff, requires
from core.console.views.clash import Clash, clash, seen_version
from core.console.views.store_rows import card, map_address
from core.db import db
from core.editing.errors import StaleEdit
from core.limits import service as limits
from core.stores import manage
from core.stores.places import store_body
from core.stores.schemas import StoreChangeSchema, StoreSchema
from core.stores.service import all_stores
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from tenants.errors import Refusal

bp = Pages("console_stores_pages", __name__)

EDIT = "stores.edit"


@bp.route("/stores")
@requires("stores.view")
def index() -> str:
    """Every store of this person as a card."""
    staff = current_staff()
    cards = [card(row) for row in all_stores() if staff.stores is None or row["id"] in staff.stores]
    usage = next(row for row in limits.usage() if row.name == "stores")
    may_edit = EDIT in staff.permissions
    return render(
        "console/stores/index.html", title=_("门店"), cards=cards, usage=usage, may_edit=may_edit,
        may_open=may_edit and staff.stores is None,
    )


@bp.route("/stores/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response | str:
    """Open a store; only for who may act for every one."""
    current_staff().check_every_store()
    form = Form(StoreSchema, _like_the_last(), choices={"district_code": _places()})
    if (data := form.submitted()) is not None:
        try:
            row = manage.create(data)
        except Refusal as error:
            form.refuse(error)
        else:
            db.session.commit()
            return done(_("门店“%(name)s”已建好", name=row["name"]), url_for(".index"))
    usage = next(row for row in limits.usage() if row.name == "stores")
    return render("console/stores/form.html", title=_("新建门店"), form=form, usage=usage, store=None)


@bp.route("/stores/<id:store_id>", methods=["GET", "POST"])
@requires(EDIT, store="store_id")
def edit(store_id: int) -> Response | str:
    """Everything of a store but its code."""
    store = store_body(manage.find(store_id))
    form = Form(StoreChangeSchema, store, choices={"district_code": _places()})
    found: Clash | None = None
    if (data := form.submitted()) is not None:
        try:
            row = manage.change(store_id, data, seen_version())
        except StaleEdit as error:
            found = clash(error, form)
        except Refusal as error:
            form.refuse(error)
        else:
            db.session.commit()
            return done(_("门店“%(name)s”已保存", name=row["name"]), url_for(".index"))
    if request.method == "POST":
        db.session.rollback()
    version = found.version if found else seen_version() if request.method == "POST" else store["version"]
    return render(
        "console/stores/form.html", title=store["name"], form=form, store=store, clash=found, version=version,
        store_map=map_address(store),
    )


@bp.route("/stores/<id:store_id>/remove", methods=["POST"])
@requires(EDIT, store="store_id")
def remove(store_id: int) -> Response:
    """Delete a store that never had an order or goods."""
    manage.remove(store_id)
    db.session.commit()
    return done(_("门店已删除"), url_for(".index"))


def _like_the_last() -> dict[str, Any]:
    """A new store opens like the one before it, until somebody says otherwise."""
    rows = all_stores()
    if not rows:
        return {"opens_at": "08:00", "closes_at": "21:00"}
    names = ("district_code", "opens_at", "closes_at", "prepare_minutes", "slot_minutes", "pickup", "delivery")
    last = store_body(rows[-1])
    return {name: last[name] for name in names} | {"zones": last["zones"]}


@cache
def _places() -> tuple[tuple[str, str], ...]:
    """Districts and streets by their names from the city down."""
    return tuple(_below("", ""))


def _below(code: str, path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for place in districts.children(code):
        name = f"{path} {place.name}".strip()
        found += [(place.code, name), *_below(place.code, name)]
    return found
