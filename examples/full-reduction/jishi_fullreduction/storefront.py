"""Routes for shoppers, under `/store/api/v1/plugins/fullreduction/`."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from core.plugin.data import session
from core.plugin.web import Blueprint, context

from . import rules
from .wording import label

blp = Blueprint("fullreduction_store", __name__)


class OfferSchema(ma.Schema):
    levels = ma.fields.List(ma.fields.String(), metadata={"description": "as shoppers read them: 满60元减8元"})


class OffersSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OfferSchema))


@blp.route("/offers")
@blp.response(200, OffersSchema)
def list_offers() -> dict[str, Any]:
    """The campaigns that are on, in the order in which they apply."""
    found = rules.active(session, context().now)
    return {"items": [{"levels": [label(rule, level) for level in rule.levels]} for rule in found]}
