"""Login, sessions, and consent to the privacy terms."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint

from core.buyers import privacy, service
from core.buyers.errors import ConsentRequired
from core.buyers.schemas import (
    ConsentInSchema,
    ConsentsSchema,
    LoginOutSchema,
    LoginSchema,
    SessionsSchema,
    TermsSchema,
)
from core.db import db
from core.storefront.auth import COMMON, buyer_required, current_buyer
from core.web.api import problems_documented
from core.web.paths import with_paths

blp = with_paths(Blueprint("storefront_session", __name__))

_DEVICE_LENGTH = 200


@blp.route("/login", methods=["POST"])
@blp.doc(security=[])
@blp.arguments(LoginSchema)
@blp.response(200, LoginOutSchema)
@problems_documented(blp, 400, 401, 403, 404, 409, 413, 422, 502, 503)
def login(data: dict[str, Any]) -> service.LoggedIn:
    """One-tap login by a WeChat code. Without consent to the terms in force a new buyer gets 403 `consent_required`."""
    device = request.headers.get("User-Agent", "")[:_DEVICE_LENGTH].replace("\0", "")
    session = service.login(data["code"], data["appid"], data["consent_version"], device)
    db.session.commit()
    return session


@blp.route("/logout", methods=["POST"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def logout() -> None:
    """End the session of this token."""
    buyer = current_buyer()
    service.revoke_session(buyer.id, buyer.session_id)
    db.session.commit()


@blp.route("/sessions")
@buyer_required
@blp.response(200, SessionsSchema)
@problems_documented(blp, *COMMON)
def list_sessions() -> dict[str, Any]:
    """Where the buyer is logged in."""
    buyer = current_buyer()
    rows = service.sessions(buyer.id)
    return {"items": [{**row, "current": row["id"] == buyer.session_id} for row in rows]}


@blp.route("/sessions", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def end_sessions() -> None:
    """Log out everywhere, here too."""
    service.revoke_all_sessions(current_buyer().id)
    db.session.commit()


@blp.route("/sessions/<id:session_id>", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def end_session(session_id: int) -> None:
    """Log one device out."""
    service.revoke_session(current_buyer().id, session_id)
    db.session.commit()


@blp.route("/privacy")
@blp.doc(security=[])
@blp.response(200, TermsSchema)
@problems_documented(blp, 401, 403, 404)
def read_terms() -> dict[str, str]:
    """The privacy terms in force."""
    return privacy.terms()


@blp.route("/consents")
@buyer_required
@blp.response(200, ConsentsSchema)
@problems_documented(blp, *COMMON)
def list_consents() -> dict[str, Any]:
    """What the buyer agreed to, and when."""
    return {"items": privacy.consents(current_buyer().id)}


@blp.route("/consents", methods=["POST"])
@buyer_required
@blp.arguments(ConsentInSchema)
@blp.response(201, ConsentsSchema)
@problems_documented(blp, *COMMON)
def give_consent(data: dict[str, Any]) -> dict[str, Any]:
    """Agree to the version in force (after the terms changed); another version gets 403 `consent_required`."""
    buyer_id = current_buyer().id
    if data["version"] != privacy.terms()["version"]:
        raise ConsentRequired(**privacy.terms())
    version = privacy.check_consent(buyer_id, data["version"])
    if version is not None:
        privacy.give_consent(buyer_id, version)
        db.session.commit()
    return {"items": privacy.consents(buyer_id)}


@blp.route("/consents", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def withdraw_consent() -> None:
    """Take the consent back: every session ends, the next login asks again."""
    buyer_id = current_buyer().id
    privacy.withdraw_consent(buyer_id)
    service.revoke_all_sessions(buyer_id)
    db.session.commit()
