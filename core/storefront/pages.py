"""Pages of blocks: the home page, plugins' own pages, and their operations."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from core.clock import now
from core.host import blocks
from core.host.blocks.schemas import BlockPageSchema, CapabilitiesSchema, ReplySchema
from core.host.registry import host
from core.orders.domain import REFERENCE
from core.orders.errors import MissingIdempotencyKey
from core.pages import home, operations, pictures
from core.pages.errors import PageNotFound
from core.pages.schemas import OperationSchema
from core.plugin import Context
from core.storefront.auth import COMMON, buyer_required, current_buyer
from core.storefront.slotted import LEVEL, client_level, visitor
from core.web import reply
from core.web.api import problems_documented
from core.web.paths import with_paths
from tenants.context import current

blp = with_paths(Blueprint("storefront_pages", __name__))

OPEN = (401, 403, 404)
"""The refusals of a page that anybody may open: a bad token, a closed shop, nothing there."""

_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{REFERENCE.pattern}$"},
    "description": "the client's own number of this operation; sent again within a week, it gets the same reply",
}
_MAX_PARAMS, _LONGEST_PARAM = 10, 200


@blp.route("/capabilities")
@blp.doc(security=[])
@blp.response(200, CapabilitiesSchema)
@problems_documented(blp, *OPEN)
def capabilities() -> Response:
    """The block protocol of the server and the plugins that are on in this shop."""
    plugins = host()
    on = [plugins.loaded[name].plugin for name in sorted(plugins.on())]
    return reply.json({
        "protocol": 1,
        "block_level": blocks.standard().level,
        "plugins": [{"name": p.name, "title": p.title, "version": p.version} for p in on],
    })


@blp.route("/home")
@blp.doc(security=[], parameters=[LEVEL])
@blp.response(200, BlockPageSchema)
@problems_documented(blp, *OPEN)
def home_page() -> Response:
    """The home page as the merchant arranged it, with what plugins add."""
    return reply.json(home.page(visitor(), client_level()))


@blp.route("/pages/<plugin>/<page>")
@blp.doc(security=[], parameters=[LEVEL])
@blp.response(200, BlockPageSchema)
@problems_documented(blp, *OPEN)
def plugin_page(plugin: str, page: str) -> Response:
    """A plugin's own page; the query is what it gets for parameters."""
    params = {name: value[:_LONGEST_PARAM] for name, value in list(request.args.items())[:_MAX_PARAMS]}
    drawn = blocks.page(plugin, visitor(), client_level(), page, params)
    if drawn is None:
        raise PageNotFound
    pictures.fill(drawn["blocks"])
    return reply.json(drawn)


@blp.route("/ops", methods=["POST"])
@buyer_required
@blp.doc(parameters=[_KEY, LEVEL])
@blp.arguments(OperationSchema)
@blp.response(200, ReplySchema)
@problems_documented(blp, *COMMON, 409)
def operate(data: dict[str, Any]) -> Response:
    """Ask a plugin to do something. 409 with the plugin's own code when it refuses, 500 `plugin_failed` when it fails:
    then nothing has changed."""
    key = request.headers.get("Idempotency-Key", "")
    if not REFERENCE.fullmatch(key):
        raise MissingIdempotencyKey(field="Idempotency-Key")
    ctx = Context(current().key, now(), buyer_id=current_buyer().id)
    return reply.json(operations.perform(ctx, client_level(), data["op"], data["params"], key))
