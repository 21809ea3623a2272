"""Products and prices for tills and ERP systems."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.catalog import managing
from core.catalog.forms import ChangesQuery, ManagedPageSchema
from core.catalog.schemas import BatchResultSchema, PriceBatchSchema, ProductBatchSchema
from core.catalog.service import Counts, change_prices, upsert_products
from core.db import db
from core.openapi.auth import scope
from core.web import reply
from core.web.api import problems_documented
from core.web.uploads import MB, body_limit

blp = Blueprint("openapi_catalog", __name__)

PROBLEMS = (400, 401, 403, 413, 415, 422)
MAX_BODY = 12 * MB


@blp.route("/products")
@scope("catalog:read")
@blp.arguments(ChangesQuery, location="query")
@blp.response(200, ManagedPageSchema)
@problems_documented(blp, *PROBLEMS)
def list_products(args: dict[str, Any]) -> Response:
    """Products with SKUs, codes and prices by age, or only those that changed since a moment."""
    return reply.json(managing.list_products(args))


@blp.route("/products:batch", methods=["PUT"])
@scope("catalog:write")
@body_limit(MAX_BODY)
@blp.arguments(ProductBatchSchema)
@blp.response(200, BatchResultSchema)
@problems_documented(blp, *PROBLEMS)
def put_products(data: dict[str, Any]) -> Response:
    """Create or change up to 500 products by SKU code; one result per row, a bad row does not stop its neighbours."""
    return _answer(upsert_products(data["products"]))


@blp.route("/prices:batch", methods=["PUT"])
@scope("catalog:write")
@body_limit(MAX_BODY)
@blp.arguments(PriceBatchSchema)
@blp.response(200, BatchResultSchema)
@problems_documented(blp, *PROBLEMS)
def put_prices(data: dict[str, Any]) -> Response:
    """New prices for up to 500 SKUs by code or barcode; one result per row."""
    return _answer(change_prices(data["prices"]))


def _answer(done: Counts) -> Response:
    db.session.commit()
    errors: dict[int, list[dict[str, Any]]] = {}
    for fault in done.faults:
        errors.setdefault(fault.index, []).append(
            {"field": fault.field, "value": fault.value, "code": fault.code, "message": fault.message}
        )
    results = [
        {"index": index, "result": result, "errors": errors.get(index, [])} for index, result in enumerate(done.results)
    ]
    totals = {"new": done.new, "updated": done.updated, "unchanged": done.unchanged, "failed": done.failed}
    return reply.json({**totals, "results": results})
