"""The home page (店铺装修): what can be put there, and what is."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.clock import now
from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.host import forms
from core.pages import home, offered
from core.pages.offered import Offered
from core.pages.schemas import ArrangementOutSchema, ArrangementSchema, KindsSchema
from core.plugin import Context
from core.staff import audit
from core.web import reply
from core.web.api import problems_documented
from tenants.context import current

blp = Blueprint("console_home", __name__)


@blp.route("/home/kinds")
@requires("home.edit")
@blp.response(200, KindsSchema)
@problems_documented(blp, *COMMON)
def list_kinds() -> Response:
    """Every kind of block that may be put on the home page, with its form; the product's own first."""
    return reply.json({"items": [_kind(found) for found in _kinds().values()]})


@blp.route("/home")
@requires("home.edit")
@blp.response(200, ArrangementOutSchema)
@problems_documented(blp, *COMMON)
def read_home() -> Response:
    """The home page's entries in order; none while the default is shown."""
    return reply.json(_arrangement())


@blp.route("/home", methods=["PUT"])
@requires("home.edit")
@blp.arguments(ArrangementSchema)
@blp.response(200, ArrangementOutSchema)
@problems_documented(blp, *COMMON)
def replace_home(data: dict[str, Any]) -> Response:
    """Arrange the home page anew. An entry whose plugin is off may stay as it is."""
    home.replace(_context(), data["items"])
    audit.record("home.replace", "home", kinds=[entry["kind"] for entry in data["items"]])
    db.session.commit()
    return reply.json(_arrangement())


def _arrangement() -> dict[str, Any]:
    kinds = _kinds()
    entries = home.arrangement()
    return {"items": [{**e, "title": kinds[e["kind"]].kind.title if e["kind"] in kinds else None} for e in entries]}


def _kinds() -> dict[str, Offered]:
    return offered.own() | offered.drawable(offered.of_plugins(_context()))


def _context() -> Context:
    return Context(current().key, now(), staff_id=current_staff().id)


def _kind(found: Offered) -> dict[str, Any]:
    schema = found.kind.settings
    return {
        "kind": found.name,
        "title": found.kind.title,
        "source": found.source,
        "origin": found.origin,
        "fields": [] if schema is None else forms.describe(schema),
    }
