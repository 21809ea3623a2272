"""Stock for ERP systems and tills: what is there, counting, receiving."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.db import db
from core.openapi.auth import COMMON, scope
from core.stock import feeds
from core.stock.schemas import (
    CountedSchema,
    CountsSchema,
    ReceiptOutSchema,
    ReceiptSchema,
    StockPageSchema,
    StockQuerySchema,
)
from core.web import reply
from core.web.api import problems_documented
from core.web.paging import encode_cursor, integers

blp = Blueprint("openapi_stock", __name__)


@blp.route("/stock")
@scope("stock:read")
@blp.arguments(StockQuerySchema, location="query")
@blp.response(200, StockPageSchema)
@problems_documented(blp, *COMMON)
def list_stock(query: dict[str, Any]) -> Response:
    """Stock per store and SKU."""
    limit = query["limit"]
    rows = feeds.page(query["store_code"], query["sku"], integers(query["cursor"], 2), limit + 1)
    shown = rows[:limit]
    more = encode_cursor(shown[-1]["store_id"], shown[-1]["sku_id"]) if len(rows) > limit else None
    return reply.json({"items": [feeds.stock_body(row) for row in shown], "next_cursor": more})


@blp.route("/stock:batch", methods=["PUT"])
@scope("stock:write")
@blp.arguments(CountsSchema)
@blp.response(200, CountedSchema)
@problems_documented(blp, *COMMON)
def put_counts(data: dict[str, Any]) -> dict[str, int]:
    """盘点: set what was counted, up to 1,000 rows, all or nothing; the difference is written as a move."""
    created, changed = feeds.put_counts(data["counts"], data["reference"])
    db.session.commit()
    return {"created": created, "changed": changed}


@blp.route("/stock/receipts", methods=["POST"])
@scope("stock:write")
@blp.arguments(ReceiptSchema)
@blp.response(201, ReceiptOutSchema)
@blp.alt_response(200, schema=ReceiptOutSchema, description="this receipt was booked before", success=True)
@problems_documented(blp, *COMMON, 409)
def receive(data: dict[str, Any]) -> Response:
    """入库: book received goods once per number, up to 5,000 lines; another content under the number answers 409."""
    created = feeds.receive(data["number"], data["store_code"], data["lines"])
    db.session.commit()
    body = {"number": data["number"], "created": created, "lines": len(data["lines"])}
    return reply.json(body, 201 if created else 200)
