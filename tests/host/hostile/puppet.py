"""Does in each hook, view and request function what a test tells it to do; nothing when it is told nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import marshmallow as ma

from core.plugin import Permission, Plugin, hookimpl
from core.plugin.web import Blueprint, requires

deeds: dict[str, Callable[..., Any]] = {}
asked: list[str] = []


def _do(hook: str, **arguments: Any) -> Any:
    asked.append(hook)
    return deeds[hook](**arguments) if hook in deeds else None


@hookimpl
def product_offers(ctx, products):
    return _do("product_offers", ctx=ctx, products=products)


@hookimpl
def load_for_cart(ctx, cart):
    answer = _do("load_for_cart", ctx=ctx, cart=cart)
    return ("terms",) if answer is None else answer


@hookimpl
def quote(ctx, cart, lane, terms):
    return _do("quote", ctx=ctx, cart=cart)


@hookimpl
def cart_problems(ctx, cart):
    return _do("cart_problems", ctx=ctx, cart=cart)


@hookimpl
def claim_for_order(ctx, session, order):
    return _do("claim_for_order", ctx=ctx, order=order)


@hookimpl
def order_panels(ctx, orders):
    return _do("order_panels", ctx=ctx, orders=orders)


@hookimpl
def storefront_blocks(ctx, slot):
    return _do("storefront_blocks", ctx=ctx, slot=slot)


@hookimpl
def storefront_page(ctx, page, params):
    return _do("storefront_page", ctx=ctx, params=params)


@hookimpl
def storefront_block_kinds(ctx):
    return _do("storefront_block_kinds", ctx=ctx)


@hookimpl
def dashboard_cards(ctx):
    return _do("dashboard_cards", ctx=ctx)


@hookimpl
def console_nav(ctx):
    return _do("console_nav", ctx=ctx)


@hookimpl
def table_columns(ctx, table, ids):
    return _do("table_columns", ctx=ctx)


@hookimpl
def product_form_sections(ctx, product_ids):
    return _do("product_form_sections", ctx=ctx)


@hookimpl
def closing_blockers(ctx, session):
    return _do("closing_blockers", ctx=ctx)


@hookimpl
def buyer_data(ctx, session, buyer_id):
    return _do("buyer_data", ctx=ctx)


storefront = Blueprint("puppet_store", __name__)
console = Blueprint("puppet_console", __name__)


@storefront.before_request
def before():
    return _do("before_request")


@storefront.after_request
def after(response):
    return deeds["after_request"](response=response) if "after_request" in deeds else response


@storefront.teardown_request
def teardown(error):
    if "teardown_request" in deeds:
        deeds["teardown_request"]()


@storefront.route("/view", methods=["GET", "POST"])
def view():
    return _do("view") or {"ok": True}


@console.route("/view")
@requires("puppet.use")
def console_view():
    return _do("console_view") or {"ok": True}


class Strings(ma.Schema):
    """What the merchant may pull."""

    length = ma.fields.Integer(strict=True, load_default=3, metadata={"label": "长度"})


HOOKS = {name: function for name, function in globals().items() if hasattr(function, "jishi_impl")}

plugin = Plugin(
    name="puppet",
    title="木偶",
    summary="做人家叫它做的事",
    version="1.0.0",
    api="0.9",
    settings=Strings,
    permissions=(Permission("puppet.use", "使用"),),
    storefront=storefront,
    console=console,
    hooks=SimpleNamespace(**HOOKS),
)
