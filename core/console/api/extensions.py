"""What plugins add to the console: cards of the dashboard, entries of the menu, sections of the product's form."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint
from marshmallow.validate import Length

from core.catalog import sections
from core.console.auth import COMMON, context, current_staff, requires
from core.db import db
from core.host import showing
from core.host.registry import host
from core.plugin import Card, NavItem
from core.staff import audit
from core.web import reply
from core.web.api import problems_documented
from core.web.paths import with_paths

blp = with_paths(Blueprint("console_extensions", __name__))

MAX_CARDS = 6
MAX_ENTRIES = 10
TONES = ("brand", "danger", "warning", "success", "muted")


class CardSchema(ma.Schema):
    """A card (看板卡片); `failed`: the plugin could not fill it."""

    plugin = ma.fields.String()
    title = ma.fields.String()
    value = ma.fields.String()
    hint = ma.fields.String()
    rows = ma.fields.List(ma.fields.List(ma.fields.String()))
    tone = ma.fields.String()
    path = ma.fields.String()
    failed = ma.fields.Boolean()


class CardsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(CardSchema))


class NavItemSchema(ma.Schema):
    plugin = ma.fields.String()
    label = ma.fields.String()
    path = ma.fields.String()
    permission = ma.fields.String()
    icon = ma.fields.String()


class NavSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(NavItemSchema))


class SectionSchema(ma.Schema):
    """A section: `fields` as the settings of plugins have them, `values` the present ones."""

    plugin = ma.fields.String()
    title = ma.fields.String()
    fields_ = ma.fields.List(ma.fields.Dict(), data_key="fields")
    values = ma.fields.Dict()


class SectionsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SectionSchema))


class SectionsInSchema(ma.Schema):
    """All values of the named plugins' sections, by plugin."""

    sections = ma.fields.Dict(
        keys=ma.fields.String(validate=Length(1, 30)), values=ma.fields.Dict(), required=True, validate=Length(1, 20)
    )


@blp.route("/dashboard/cards")
@requires("reports.view")
@blp.response(200, CardsSchema)
@problems_documented(blp, *COMMON)
def cards() -> Response:
    """The plugins' cards; a plugin that fails has one card that says so."""
    return reply.json({"items": shown_cards()})


def shown_cards() -> list[dict[str, Any]]:
    """The cards of every plugin, with `plugin`: CardSchema."""
    shown = showing.ask("dashboard_cards", _cards, ctx=context())
    return [{"plugin": s.plugin, **card} for s in shown for card in s.value or _failed(s)]


def _cards(answer: Any) -> list[dict[str, Any]]:
    return [_card(card) for card in showing.items(answer, Card, MAX_CARDS)]


def _card(card: Card) -> dict[str, Any]:
    texts = {name: showing.line(getattr(card, name)) for name in ("title", "value", "hint", "path")}
    tone = card.tone if card.tone in TONES else "muted"
    return {**texts, "rows": showing.rows(card.rows, 10), "tone": tone, "failed": False}


def _failed(shown: showing.Shown) -> list[dict[str, Any]]:
    if not shown.failed:
        return []
    title = host().loaded[shown.plugin].plugin.title
    told = {"title": title, "value": "", "hint": "暂时无法显示", "path": ""}
    return [{**told, "rows": [], "tone": "danger", "failed": True}]


@blp.route("/nav")
@requires()
@blp.response(200, NavSchema)
@problems_documented(blp, *COMMON)
def nav() -> Response:
    """The plugins' entries of the menu, as far as the role may open them."""
    return reply.json({"items": entries(current_staff().permissions)})


def entries(allowed: Container[str]) -> list[dict[str, str]]:
    """The plugins' entries that need one of the permissions `allowed`: plugin, label, path, permission, icon."""
    shown = showing.ask("console_nav", _entries, ctx=context())
    found = [{"plugin": s.plugin, **entry} for s in shown for entry in s.value or ()]
    return [entry for entry in found if entry["permission"] in allowed]


def _entries(answer: Any) -> list[dict[str, str]]:
    names = ("label", "path", "permission", "icon")
    return [
        {name: showing.line(getattr(item, name)) for name in names} for item in showing.items(answer, NavItem, MAX_ENTRIES)
    ]


@blp.route("/products/<id:product_id>/sections")
@requires("catalog.view")
@blp.response(200, SectionsSchema)
@problems_documented(blp, *COMMON)
def read_sections(product_id: int) -> Response:
    """The plugins' sections of the product's form, with present values."""
    return reply.json({"items": sections.sections(context(), product_id)})


@blp.route("/products/<id:product_id>/sections", methods=["PUT"])
@requires("catalog.edit")
@blp.arguments(SectionsInSchema)
@blp.response(200, SectionsSchema)
@problems_documented(blp, *COMMON, 409)
def save_sections(data: dict[str, Any], product_id: int) -> Response:
    """Store sections; plugins that aren't named keep what they have. 409 when a plugin refuses or fails."""
    sections.save(context(), product_id, data["sections"])
    audit.record("products.sections", f"product:{product_id}", plugins=sorted(data["sections"]))
    db.session.commit()
    return reply.json({"items": sections.sections(context(), product_id)})
