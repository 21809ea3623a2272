from __future__ import annotations

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from core.signup import service
from core.signup.schemas import AcceptedSchema, StatusSchema
from core.web.api import problems_documented
from tenants.signup import SignupSchema

blp = Blueprint("platform_signup", __name__)


@blp.route("/signup", methods=["POST"])
@blp.doc(security=[])
@blp.arguments(SignupSchema)
@blp.response(202, AcceptedSchema)
@problems_documented(blp, 400, 409, 413, 415, 422)
def sign_up(form: dict[str, Any]) -> dict[str, str]:
    """Open a shop: it is ready a moment later, see `status_url`."""
    slug = service.request(form)
    return {"slug": slug, "status_url": url_for(".signup_status", slug=slug)}


@blp.route("/signup/<slug>")
@blp.doc(security=[])
@blp.response(200, StatusSchema)
@problems_documented(blp, 404)
def signup_status(slug: str) -> dict[str, str]:
    """How far a sign-up is."""
    return service.status(slug)
