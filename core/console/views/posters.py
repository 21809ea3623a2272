"""Posters (海报): choose store and size, look at it, print it or take the file along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as Answer

from core.console.auth import current_staff, requires
from core.db import db
from core.posters import service
from core.posters.drawing import SIZES
from core.staff import audit
from core.stores.service import all_stores
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from core.wechat.errors import WechatError

bp = Pages("console_posters_pages", __name__)

VIEW = "stores.view"
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Wanted:
    """`store` None: the whole shop."""

    store: int | None
    size: str

    @property
    def query(self) -> dict[str, Any]:
        return {"store": self.store or "", "size": self.size}


@bp.route("/posters")
@requires(VIEW)
def index() -> str:
    """The poster as it will be printed."""
    stores = _stores()
    wanted = _wanted(stores)
    problem = ""
    try:
        service.poster(wanted.store, wanted.size)
    except WechatError as error:
        problem = error.message
    return render(
        "console/posters/index.html", title=_("海报"), stores=stores, wanted=wanted, sizes=tuple(SIZES),
        problem=problem, whole=current_staff().stores is None,
    )


@bp.route("/posters/sheet.svg")
@requires(VIEW)
def sheet() -> Response:
    """The drawing itself."""
    wanted = _wanted(_stores())
    return Response(service.poster(wanted.store, wanted.size), content_type="image/svg+xml; charset=utf-8")


@bp.route("/posters/print", methods=["GET", "POST"])
@requires(VIEW)
def sheet_to_print() -> Answer | str:
    """A page with nothing but the poster; pressing 打印 leads here and is noted."""
    wanted = _wanted(_stores())
    if request.method == "POST":
        _note(wanted)
        return done("", url_for(".sheet_to_print", **wanted.query))
    return render("console/posters/print.html", title=_("打印海报"), wanted=wanted)


@bp.route("/posters/file", methods=["POST"])
@requires(VIEW)
def file() -> Response:
    """The drawing as a file, for a print shop."""
    wanted = _wanted(_stores())
    drawn = service.poster(wanted.store, wanted.size)
    _note(wanted)
    answer = Response(drawn, content_type="image/svg+xml; charset=utf-8")
    name = f"poster-{wanted.store or 'shop'}-{wanted.size}.svg"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _note(wanted: Wanted) -> None:
    audit.record("posters.print", f"poster:{wanted.store or 'shop'}", size=wanted.size)
    db.session.commit()


def _stores() -> list[Any]:
    staff = current_staff()
    return [row for row in all_stores() if row["active"] and (staff.stores is None or row["id"] in staff.stores)]


def _wanted(stores: list[Any]) -> Wanted:
    """What the address or the form asks for; staff limited to stores print those alone."""
    text, size = request.values.get("store", ""), request.values.get("size", "A4")
    store = int(text) if text.isdigit() and len(text) <= _DIGITS else None
    staff = current_staff()
    if store is not None:
        staff.check_store(store)
    elif staff.stores is not None or ("store" not in request.values and stores):
        store = stores[0]["id"] if stores else None
    return Wanted(store, size if size in SIZES else "A4")
