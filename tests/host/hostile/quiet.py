"""Does nothing wrong: one view on either side, one hook of each kind, and it remembers who was asked."""

from __future__ import annotations

from core.plugin import Card, Permission, Plugin, hookimpl
from core.plugin.web import Blueprint, context, requires

called: list[tuple[str, str]] = []

storefront = Blueprint("quiet_store", __name__)
console = Blueprint("quiet_console", __name__)


@storefront.route("/hello", methods=["GET", "POST"])
def hello():
    return {"tenant": context().tenant}


@storefront.route("/things/<id:thing_id>", methods=["PUT", "DELETE"])
def thing(thing_id: int):
    return {"id": thing_id}


@console.route("/hello")
@requires("quiet.see")
def greet():
    return {"tenant": context().tenant}


@storefront.after_request
def note(response):
    called.append(("after_request", ""))
    return response


@hookimpl
def load_for_cart(ctx, cart):
    called.append(("load_for_cart", ctx.tenant))


@hookimpl
def dashboard_cards(ctx):
    called.append(("dashboard_cards", ctx.tenant))
    return [Card("安静")]


@hookimpl
def claim_for_order(ctx, session, order):
    called.append(("claim_for_order", ctx.tenant))
    return []


plugin = Plugin(
    name="quiet",
    title="安静",
    summary="什么也不做",
    version="1.0.0",
    api="0.9",
    permissions=(Permission("quiet.see", "看看"),),
    storefront=storefront,
    console=console,
    hooks=__import__("sys").modules[__name__],
)
