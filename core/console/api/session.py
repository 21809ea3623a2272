"""Staff log in, see who they are, change their password, log out."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.staff import audit, people, service
from core.staff.schemas import CredentialsSchema, MeSchema, PasswordSchema, StaffSessionSchema
from core.web.api import problems_documented

blp = Blueprint("console_session", __name__)


@blp.route("/session", methods=["POST"])
@blp.doc(security=[])
@blp.arguments(CredentialsSchema)
@blp.response(200, StaffSessionSchema)
@problems_documented(blp, *COMMON, 429)
def login(data: dict[str, Any]) -> service.LoggedIn:
    """Log in with phone and password; five wrong passwords lock the account for fifteen minutes."""
    session = service.login(data["phone"], data["password"])
    db.session.commit()
    return session


@blp.route("/session")
@requires()
@blp.response(200, MeSchema)
@problems_documented(blp, *COMMON)
def read_session() -> dict[str, Any]:
    """Who is logged in and what they may do; permissions of plugins only while they are on."""
    staff = current_staff()
    return {
        "id": staff.id,
        "name": staff.name,
        "phone": staff.phone,
        "role": staff.role,
        "permissions": sorted(staff.permissions),
        "store_ids": staff.scope,
    }


@blp.route("/session", methods=["DELETE"])
@requires()
@blp.response(204)
@problems_documented(blp, *COMMON)
def logout() -> None:
    """End this session."""
    service.logout(current_staff().session_id)
    db.session.commit()


@blp.route("/session/password", methods=["PUT"])
@requires()
@blp.arguments(PasswordSchema)
@blp.response(204)
@problems_documented(blp, *COMMON)
def change_password(data: dict[str, Any]) -> None:
    """Change one's own password; other sessions end."""
    staff = current_staff()
    people.change_own_password(staff.id, staff.session_id, data["old"], data["new"])
    audit.record("staff.password", f"staff:{staff.id}")
    db.session.commit()
