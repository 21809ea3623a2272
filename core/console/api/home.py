"""The home page (店铺装修): what can be put there, and what is."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from core.clock import now
from core.console.auth import COMMON, acting_id, requires
from core.db import db
from core.editing import stale
from core.pages import home, offered
from core.pages.offered import Offered
from core.pages.schemas import ArrangementOutSchema, ArrangementSchema, KindsSchema
from core.plugin import Context
from core.staff import audit
from core.ui import describing as forms
from core.web import reply
from core.web.api import problems_documented
from tenants.context import current

blp = Blueprint("console_home", __name__)

TARGET = "home"
"""How the audit log names the page."""


class ArrangementEditSchema(ArrangementSchema):
    """`version` is what the editor saw; without it the last one wins."""

    version = ma.fields.Integer(load_default=None, allow_none=True, strict=True)


class ManagedArrangementSchema(ArrangementOutSchema):
    """The arrangement; its `version` goes back with an edit."""

    version = ma.fields.Integer()


@blp.route("/home/kinds")
@requires("home.edit")
@blp.response(200, KindsSchema)
@problems_documented(blp, *COMMON)
def list_kinds() -> Response:
    """Every kind of block that may be put on the home page, with its form; the product's own first."""
    return reply.json({"items": [_kind(found) for found in _kinds().values()]})


@blp.route("/home")
@requires("home.edit")
@blp.response(200, ManagedArrangementSchema)
@problems_documented(blp, *COMMON)
def read_home() -> Response:
    """The home page's entries in order; none while the default is shown."""
    return reply.json(_arrangement())


@blp.route("/home", methods=["PUT"])
@requires("home.edit")
@blp.arguments(ArrangementEditSchema)
@blp.response(200, ManagedArrangementSchema)
@problems_documented(blp, *COMMON, 409)
def replace_home(data: dict[str, Any]) -> Response:
    """Arrange the home page anew. An entry whose plugin is off may stay as it is."""
    stale.claim(TARGET, data["version"], lambda: {"items": home.arrangement()})
    home.replace(_context(), data["items"])
    audit.record("home.replace", TARGET, kinds=[entry["kind"] for entry in data["items"]])
    db.session.commit()
    return reply.json(_arrangement())


def _arrangement() -> dict[str, Any]:
    kinds = _kinds()
    entries = home.arrangement()
    items = [{**e, "title": kinds[e["kind"]].kind.title if e["kind"] in kinds else None} for e in entries]
    return {"items": items, "version": stale.version_of(TARGET)}


def _kinds() -> dict[str, Offered]:
    return offered.own() | offered.drawable(offered.of_plugins(_context()))


def _context() -> Context:
    return Context(current().key, now(), staff_id=acting_id())


def _kind(found: Offered) -> dict[str, Any]:
    schema = found.kind.settings
    return {
        "kind": found.name,
        "title": found.kind.title,
        "source": found.source,
        "origin": found.origin,
        "fields": [] if schema is None else forms.describe(schema),
    }
