"""Who may do what: staff accounts, API keys, and the record of what was done."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint
from marshmallow.validate import Regexp
from sqlalchemy import RowMapping

from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.openkeys import service as keys
from core.openkeys.schemas import ApiKeyInSchema, ApiKeysSchema, NewApiKeySchema
from core.orders.schemas import PageQuerySchema
from core.staff import audit, people
from core.staff.schemas import AuditsSchema, StaffChangeSchema, StaffInSchema, StaffListSchema, StaffSchema
from core.web.api import problems_documented
from core.web.paging import encode_cursor, integer
from core.web.paths import with_paths

blp = with_paths(Blueprint("accounts", __name__))


class AuditQuerySchema(PageQuerySchema):
    action = ma.fields.String(load_default=None, validate=Regexp(r"^[a-z_.]{1,64}\Z"))


@blp.route("/staff")
@requires("staff.edit")
@blp.response(200, StaffListSchema)
@problems_documented(blp, *COMMON)
def list_staff() -> dict[str, Any]:
    """Everybody who works for the shop."""
    return {"items": people.everybody()}


@blp.route("/staff", methods=["POST"])
@requires("staff.edit")
@blp.arguments(StaffInSchema)
@blp.response(201, StaffSchema)
@problems_documented(blp, *COMMON, 409)
def add_staff(data: dict[str, Any]) -> RowMapping:
    """A new account."""
    current_staff().check_every_store()
    row = people.create(data)
    audit.record("staff.create", f"staff:{row['id']}", role=row["role"])
    db.session.commit()
    return row


@blp.route("/staff/<id:staff_id>")
@requires("staff.edit")
@blp.response(200, StaffSchema)
@problems_documented(blp, *COMMON)
def read_staff(staff_id: int) -> RowMapping:
    """One account."""
    return people.find(staff_id)


@blp.route("/staff/<id:staff_id>", methods=["PATCH"])
@requires("staff.edit")
@blp.arguments(StaffChangeSchema)
@blp.response(200, StaffSchema)
@problems_documented(blp, *COMMON, 409)
def change_staff(data: dict[str, Any], staff_id: int) -> RowMapping:
    """Change an account; switching it off ends its sessions. The last owner can't be."""
    current_staff().check_every_store()
    row = people.change(staff_id, data)
    audit.record("staff.change", f"staff:{staff_id}", names=sorted(data))
    db.session.commit()
    return row


@blp.route("/api-keys")
@requires("apikeys.edit")
@blp.response(200, ApiKeysSchema)
@problems_documented(blp, *COMMON)
def list_keys() -> dict[str, Any]:
    """Every API key, revoked ones too; the keys themselves are not kept."""
    return {"items": keys.all_keys()}


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
    rows = audit.entries(integer(query["cursor"]), query["action"], query["limit"] + 1)
    shown = rows[: query["limit"]]
    return {"items": shown, "next_cursor": encode_cursor(shown[-1]["id"]) if len(rows) > len(shown) else None}
