"""How shoppers come to the shop."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint

from core.analytics import visits
from core.analytics.visitschemas import VisitInSchema
from core.buyers.service import find_session
from core.db import db
from core.storefront.auth import COMMON
from core.web.api import problems_documented
from core.web.tokens import BUYER, bearer, required
from tenants.context import current

blp = Blueprint("storefront_visits", __name__)


@blp.route("/visits", methods=["POST"])
@blp.doc(security=[{}, {"bearer": []}])
@blp.arguments(VisitInSchema)
@blp.response(204)
@problems_documented(blp, *COMMON, 429)
def visit(data: dict[str, Any]) -> None:
    """Note a visit; with a token it is known whose it and this device's earlier ones were. Repeating changes nothing."""
    visits.check_pace(request.remote_addr or "")
    buyer_id = find_session(required(BUYER, current().key)).id if bearer() else None
    visits.record(data["visitor"], data["scene"], data["store_id"], buyer_id)
    db.session.commit()
