"""Figures for the shop's people."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.console.auth import COMMON, current_staff, requires
from core.reports.sales import sales
from core.reports.schemas import SalesQuerySchema, SalesSchema
from core.web import reply
from core.web.api import problems_documented

blp = Blueprint("console_reports", __name__)


@blp.route("/reports/sales")
@requires("reports.view")
@blp.arguments(SalesQuerySchema, location="query")
@blp.response(200, SalesSchema)
@problems_documented(blp, *COMMON)
def read_sales(query: dict[str, Any]) -> Response:
    """Sales of a period, from order lines and the price ledger; `by` splits them by store, day or channel."""
    staff = current_staff()
    stores = staff.scope
    if query["store_id"] is not None:
        staff.check_store(query["store_id"])
        stores = [query["store_id"]]
    return reply.json(sales(query["since"], query["until"], stores, query["by"]))
