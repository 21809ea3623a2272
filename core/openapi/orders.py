"""`POST orders:bulk`: sales of tills and orders of a former system."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, request
from flask_smorest import Blueprint

from core.db import db
from core.openapi.auth import actor, scope
from core.tills.domain import MAX_BODY, MAX_SALES
from core.tills.errors import BadBulk, NotJson, WrongMediaType
from core.tills.schemas import BulkResultSchema, BulkSchema
from core.tills.service import Result, take_sales
from core.web import reply
from core.web.api import problems_documented

blp = Blueprint("openapi_orders", __name__)

_BODY = {"required": True, "content": {"application/json": {"schema": BulkSchema}}}


@blp.route("/orders:bulk", methods=["POST"])
@scope("orders:write")
@blp.doc(requestBody=_BODY)
@blp.response(200, BulkResultSchema)
@problems_documented(blp, 400, 401, 403, 413, 415, 422)
def take_orders() -> Response:
    """Book up to 500 sales; answers one result per sale, in order. A bad sale does not stop its neighbours."""
    results = take_sales(_orders(), actor())
    db.session.commit()
    states = [result.status for result in results]
    return reply.json(
        {
            "results": [_answer(result) for result in results],
            "created": states.count("created"),
            "exists": states.count("exists"),
            "failed": states.count("error"),
        }
    )


def _answer(result: Result) -> dict[str, Any]:
    return {name: value for name, value in result._asdict().items() if value is not None or name == "order_no"}


def _orders() -> list[Any]:
    """The list of sales in the body; what is wrong with the call as a whole is raised here."""
    if request.mimetype != "application/json":
        raise WrongMediaType
    request.max_content_length = MAX_BODY
    try:
        body = orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError as error:
        raise NotJson from error
    if not isinstance(body, dict) or not isinstance(body.get("orders"), list):
        raise BadBulk(f"请提交 {{\"orders\": [...]}}，最多 {MAX_SALES} 个订单", field="orders")
    unknown = sorted(body.keys() - {"orders"})
    if unknown:
        raise BadBulk(f"未知字段 {unknown[0][:64]}", code="unknown_field", field=unknown[0][:64])
    return body["orders"]
