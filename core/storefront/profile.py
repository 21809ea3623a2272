"""The shopper's own data: phone, name, addresses, message grants, export and erasure."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy import RowMapping

from core.buyers import phone, privacy, profile
from core.buyers.schemas import (
    AddressesSchema,
    AddressInSchema,
    AddressSchema,
    CodeSchema,
    ExportSchema,
    GrantsSchema,
    MemberSchema,
    ProfileInSchema,
    ProfileSchema,
    RemainingsSchema,
)
from core.db import db
from core.plugin import Slot
from core.storefront.auth import COMMON, buyer_required, current_buyer
from core.storefront.quoting import context
from core.storefront.slotted import LEVEL, slots
from core.web import reply
from core.web.api import problems_documented
from core.web.paths import with_paths

blp = with_paths(Blueprint("storefront_profile", __name__))


@blp.route("/profile")
@buyer_required
@blp.doc(parameters=[LEVEL])
@blp.response(200, MemberSchema)
@problems_documented(blp, *COMMON)
def read_profile() -> dict[str, Any]:
    """Who the shopper is to the shop, and what plugins put on the member centre."""
    buyer = current_buyer()
    found = slots(context(buyer), Slot("member.header"), Slot("member.services"))
    return {**profile.profile(buyer.id), "slots": found}


@blp.route("/profile", methods=["PATCH"])
@buyer_required
@blp.arguments(ProfileInSchema)
@blp.response(200, ProfileSchema)
@problems_documented(blp, *COMMON)
def change_profile(data: dict[str, Any]) -> RowMapping:
    """Change the name; null removes it."""
    row = profile.rename(current_buyer().id, data["name"])
    db.session.commit()
    return row


@blp.route("/profile", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON, 409, 503)
def erase() -> None:
    """注销: erase the person; finished orders stay without one. 409 `orders_open` while an order is under way, 503
    `erasure_failed` while a plugin can't do its part."""
    privacy.erase(current_buyer().id)
    db.session.commit()


@blp.route("/phone", methods=["POST"])
@buyer_required
@blp.arguments(CodeSchema)
@blp.response(200, ProfileSchema)
@problems_documented(blp, *COMMON, 409, 502, 503)
def bind_phone(data: dict[str, Any]) -> RowMapping:
    """Bind the phone that WeChat verified; makes a member, or takes over the member the tills knew by this phone."""
    buyer_id = phone.bind_phone(current_buyer(), data["code"])
    db.session.commit()
    return profile.profile(buyer_id)


@blp.route("/export")
@buyer_required
@blp.response(200, ExportSchema)
@problems_documented(blp, *COMMON, 503)
def export() -> Response:
    """Everything the shop holds about the shopper, as a file."""
    response = reply.json(privacy.export(current_buyer().id))
    response.headers["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    return response


@blp.route("/addresses")
@buyer_required
@blp.response(200, AddressesSchema)
@problems_documented(blp, *COMMON)
def list_addresses() -> dict[str, Any]:
    """The default address first."""
    return {"items": profile.addresses(current_buyer().id)}


@blp.route("/addresses", methods=["POST"])
@buyer_required
@blp.arguments(AddressInSchema)
@blp.response(201, AddressSchema)
@problems_documented(blp, *COMMON, 409)
def add_address(data: dict[str, Any]) -> dict[str, Any]:
    """Keep a new address; at most twenty."""
    added = profile.add_address(current_buyer().id, data)
    db.session.commit()
    return added


@blp.route("/addresses/<id:address_id>", methods=["PUT"])
@buyer_required
@blp.arguments(AddressInSchema)
@blp.response(200, AddressSchema)
@problems_documented(blp, *COMMON)
def change_address(data: dict[str, Any], address_id: int) -> dict[str, Any]:
    """Replace an address."""
    changed = profile.change_address(current_buyer().id, address_id, data)
    db.session.commit()
    return changed


@blp.route("/addresses/<id:address_id>", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def remove_address(address_id: int) -> None:
    """Forget an address."""
    profile.remove_address(current_buyer().id, address_id)
    db.session.commit()


@blp.route("/grants")
@buyer_required
@blp.response(200, RemainingsSchema)
@problems_documented(blp, *COMMON)
def list_grants() -> dict[str, Any]:
    """How many subscribe messages of each template the shopper still accepts."""
    return {"items": profile.grants(current_buyer().id)}


@blp.route("/grants", methods=["POST"])
@buyer_required
@blp.arguments(GrantsSchema)
@blp.response(200, RemainingsSchema)
@problems_documented(blp, *COMMON)
def report_grants(data: dict[str, Any]) -> dict[str, Any]:
    """Report what wx.requestSubscribeMessage told the client."""
    buyer_id = current_buyer().id
    profile.count_grants(buyer_id, [(grant["template"], grant["result"]) for grant in data["grants"]])
    db.session.commit()
    return {"items": profile.grants(buyer_id)}
