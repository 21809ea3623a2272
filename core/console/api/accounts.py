"""Who may do what: staff accounts and invitations, API keys, and the record of what was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy import RowMapping

from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.openkeys import service as keys
from core.openkeys.schemas import ApiKeyInSchema, ApiKeysSchema, NewApiKeySchema
from core.staff import audit, invitations, people, roster
from core.staff.domain import role_table
from core.staff.schemas import (
    AuditQuerySchema,
    AuditsSchema,
    EndedSchema,
    InvitationInSchema,
    InvitationsSchema,
    InvitedSchema,
    PageQuerySchema,
    RolesSchema,
    StaffChangeSchema,
    StaffInSchema,
    StaffListSchema,
    StaffSchema,
)
from core.web.api import problems_documented
from core.web.paging import encode_cursor, integer
from core.web.paths import with_paths

blp = with_paths(Blueprint("accounts", __name__))


@blp.route("/staff")
@requires("staff.edit")
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, StaffListSchema)
@problems_documented(blp, *COMMON)
def list_staff(query: dict[str, Any]) -> dict[str, Any]:
    """Who works for the shop, the oldest account first."""
    return _page(query, lambda limit, last: roster.page(limit, after=last))


@blp.route("/staff", methods=["POST"])
@requires("staff.edit")
@blp.arguments(StaffInSchema)
@blp.response(201, StaffSchema)
@problems_documented(blp, *COMMON, 409)
def add_staff(data: dict[str, Any]) -> RowMapping:
    """A new account."""
    row = people.create(current_staff(), data)
    db.session.commit()
    return row


@blp.route("/staff/<id:staff_id>")
@requires("staff.edit")
@blp.response(200, StaffSchema)
@problems_documented(blp, *COMMON)
def read_staff(staff_id: int) -> RowMapping:
    """One account."""
    return roster.find(staff_id)


@blp.route("/staff/<id:staff_id>", methods=["PATCH"])
@requires("staff.edit")
@blp.arguments(StaffChangeSchema)
@blp.response(200, StaffSchema)
@problems_documented(blp, *COMMON, 409)
def change_staff(data: dict[str, Any], staff_id: int) -> RowMapping:
    """Change an account; switching it off ends its sessions. The last owner can't be."""
    row = people.change(current_staff(), staff_id, data)
    db.session.commit()
    return row


@blp.route("/staff/<id:staff_id>/two-factor", methods=["DELETE"])
@requires("staff.edit")
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def reset_two_factor(staff_id: int) -> None:
    """Switch off the two-factor login of somebody who lost the app."""
    people.reset_two_factor(current_staff(), staff_id)
    db.session.commit()


@blp.route("/staff/<id:staff_id>/sessions", methods=["DELETE"])
@requires("staff.edit")
@blp.response(200, EndedSchema)
@problems_documented(blp, *COMMON)
def end_sessions(staff_id: int) -> dict[str, int]:
    """Log somebody out everywhere."""
    ended = people.end_sessions_of(current_staff(), staff_id)
    db.session.commit()
    return {"ended": ended}


@blp.route("/staff/roles")
@requires("staff.edit")
@blp.response(200, RolesSchema)
@problems_documented(blp, *COMMON)
def list_permissions() -> dict[str, Any]:
    """Every permission and the roles that have it; those of plugins only while they are on."""
    return {"items": role_table(current_staff().declared)}


@blp.route("/staff/invitations")
@requires("staff.edit")
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, InvitationsSchema)
@problems_documented(blp, *COMMON)
def list_invitations(query: dict[str, Any]) -> dict[str, Any]:
    """Invitations that nobody accepted or withdrew yet, the newest first."""
    return _page(query, invitations.pending)


@blp.route("/staff/invitations", methods=["POST"])
@requires("staff.edit")
@blp.arguments(InvitationInSchema)
@blp.response(201, InvitedSchema)
@problems_documented(blp, *COMMON, 409)
def invite(data: dict[str, Any]) -> invitations.Invited:
    """Invite somebody; the token is for a link that is good once, for three days."""
    invited = invitations.invite(current_staff(), data)
    db.session.commit()
    return invited


@blp.route("/staff/invitations/<id:invitation_id>/resend", methods=["POST"])
@requires("staff.edit")
@blp.response(200, InvitedSchema)
@problems_documented(blp, *COMMON)
def resend_invitation(invitation_id: int) -> invitations.Invited:
    """A new link for the same invitation; the old one is dead."""
    invited = invitations.resend(current_staff(), invitation_id)
    db.session.commit()
    return invited


@blp.route("/staff/invitations/<id:invitation_id>", methods=["DELETE"])
@requires("staff.edit")
@blp.response(204)
@problems_documented(blp, *COMMON)
def revoke_invitation(invitation_id: int) -> None:
    """Withdraw an invitation."""
    invitations.revoke(current_staff(), invitation_id)
    db.session.commit()


@blp.route("/api-keys")
@requires("apikeys.edit")
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, ApiKeysSchema)
@problems_documented(blp, *COMMON)
def list_keys(query: dict[str, Any]) -> dict[str, Any]:
    """API keys, the newest first and the revoked ones last; the keys themselves are not kept."""
    return _page(query, keys.page)


@blp.route("/api-keys", methods=["POST"])
@requires("apikeys.edit")
@blp.arguments(ApiKeyInSchema)
@blp.response(201, NewApiKeySchema)
@problems_documented(blp, *COMMON)
def add_key(data: dict[str, Any]) -> dict[str, Any]:
    """A new API key, shown this once."""
    row, key = keys.create_key(data["name"], data["scopes"])
    audit.record("apikeys.create", f"api_key:{row['id']}", scopes=row["scopes"])
    db.session.commit()
    return {**row, "key": key}


@blp.route("/api-keys/<id:key_id>", methods=["DELETE"])
@requires("apikeys.edit")
@blp.response(204)
@problems_documented(blp, *COMMON)
def revoke_key(key_id: int) -> None:
    """Revoke a key; every process refuses it within two seconds."""
    keys.revoke_key(key_id)
    audit.record("apikeys.revoke", f"api_key:{key_id}")
    db.session.commit()


@blp.route("/audit")
@requires("audit.view")
@blp.arguments(AuditQuerySchema, location="query")
@blp.response(200, AuditsSchema)
@problems_documented(blp, *COMMON)
def list_audit(query: dict[str, Any]) -> dict[str, Any]:
    """Who did what when, newest first."""
    where = {name: value for name, value in query.items() if name not in ("cursor", "limit")}
    return _page(query, lambda limit, last: audit.entries(limit, before=last, **where))


def _page(query: dict[str, Any], read: Callable[[int, int | None], Sequence[RowMapping]]) -> dict[str, Any]:
    """What `read` finds behind the cursor's id, with the next cursor."""
    rows = read(query["limit"] + 1, integer(query["cursor"]))
    shown = rows[: query["limit"]]
    return {"items": shown, "next_cursor": encode_cursor(shown[-1]["id"]) if len(rows) > len(shown) else None}
