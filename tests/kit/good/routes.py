from __future__ import annotations

import marshmallow as ma
from sqlalchemy import func, select

from core.plugin.data import session
from core.plugin.web import COMMON, Blueprint, buyer_required, current_buyer, problems_documented, requires

from .models import Stamp

store = Blueprint("stamps_store", __name__)
console = Blueprint("stamps_console", __name__)


class CountSchema(ma.Schema):
    count = ma.fields.Integer()


@store.route("/card")
@buyer_required
@store.response(200, CountSchema)
@problems_documented(store, 401)
def card():
    """How many stamps the shopper has."""
    return {"count": session.scalar(select(func.count()).where(Stamp.buyer_id == current_buyer()))}


@console.route("/stamps")
@requires("stamps.view")
@console.response(200, CountSchema)
@problems_documented(console, *COMMON)
def count():
    """How many there are."""
    return {"count": session.scalar(select(func.count()).select_from(Stamp))}
