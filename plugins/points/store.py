"""Storefront routes: the same as the block pages, for clients that draw for themselves."""

from __future__ import annotations

from typing import Any

from core.plugin import shop
from core.plugin.data import session
from core.plugin.web import COMMON, Blueprint, buyer_required, context, current_buyer, problems_documented
from core.plugin.web import encode_cursor as cursor_of
from core.plugin.web import integer as position_of

from . import gifts, reading
from .schemas import LogSchema, PageQuerySchema, ShelfSchema, SummarySchema

blp = Blueprint("points_store", __name__)


@blp.route("/balance")
@buyer_required
@blp.response(200, SummarySchema)
@problems_documented(blp, *COMMON)
def read_balance() -> reading.Summary:
    """The shopper's points, growth and level."""
    return reading.summary(session, current_buyer(), context().now)


@blp.route("/log")
@buyer_required
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, LogSchema)
@problems_documented(blp, *COMMON)
def read_log(query: dict[str, Any]) -> dict[str, Any]:
    """What changed the shopper's balance, newest first."""
    return log_page(current_buyer(), query)


def log_page(buyer_id: int, query: dict[str, Any]) -> dict[str, Any]:
    """A page of a buyer's log as LogSchema describes it."""
    rows = reading.log(session, buyer_id, position_of(query.get("cursor")), query["limit"])
    more = cursor_of(rows[-1].id) if len(rows) == query["limit"] else None
    return {"items": rows, "next_cursor": more}


@blp.route("/gifts")
@buyer_required
@blp.response(200, ShelfSchema)
@problems_documented(blp, *COMMON)
def list_gifts() -> dict[str, Any]:
    """Gifts on offer; order one with `choices: {"points": {"gift": <id>}}` and exactly its SKU."""
    shelf = gifts.shelf(session, current_buyer(), context().now)
    skus = shop().skus.by_id([gift.sku_id for gift in shelf])
    fields = ("id", "sku_id", "points", "cash_fen", "left", "mine_left")
    return {
        "items": [
            {**{name: getattr(gift, name) for name in fields}, "title": skus[gift.sku_id].title}
            for gift in shelf
            if gift.sku_id in skus
        ]
    }
