"""Plugins that must not be let in, each with its own fault."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import marshmallow as ma
import pluggy
from flask import Blueprint as FlaskBlueprint
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.catalog.models import Product
from core.plugin import DomainEvent, Job, Lane, OrderPaid, Permission, Plugin, hookimpl
from core.plugin.data import Id, Str, core_ref, tables
from core.plugin.web import Blueprint, requires


def good(name: str, **changes: Any) -> Plugin:
    """A plugin without a fault but the given ones."""
    return Plugin(**{"name": name, "title": "好", "summary": "好", "version": "1.0", "api": "0.9"} | changes)


not_a_plugin = {"name": "dictionary"}
future = good("future", api="0.99")
other_major = good("othermajor", api="1.0")
another_name = good("somebodyelse")
bad_name = good("Some body")
needy = good("needy", requires=("nobody",))
circle_a = good("circlea", requires=("circleb",))
circle_b = good("circleb", requires=("circlea",))


@hookimpl
def no_such_hook(ctx):
    """Unknown."""


@hookimpl
def quote(ctx, cart, lane, terms, discount):
    """One argument too many."""


@hookimpl(wrapper=True)
def cart_problems(ctx, cart):
    return (yield)


@hookimpl(hookwrapper=True)
def order_panels(ctx, orders):
    yield


@pluggy.HookimplMarker("jishi")(specname="dashboard_cards")
def console_nav(ctx):
    """Goes by another name."""


@hookimpl
async def dashboard_cards(ctx):
    """A coroutine."""


unknown_hook = good("unknownhook", hooks=SimpleNamespace(no_such_hook=no_such_hook))
unknown_argument = good("unknownargument", hooks=SimpleNamespace(quote=quote))
wrappers = good("wrappers", hooks=SimpleNamespace(cart_problems=cart_problems, order_panels=order_panels))
odd_hooks = good("oddhooks", hooks=SimpleNamespace(console_nav=console_nav, dashboard_cards=dashboard_cards))


_vague = Blueprint("vague_console", __name__)


@_vague.route("/<path:anything>", methods=["GET", "POST"])
@requires("vague.see")
def catch_all(anything):
    return {}


@_vague.route("")
@requires("vague.see")
def root():
    return {}


vague = good("vague", console=_vague, permissions=(Permission("vague.see", "看"),))


class Bad(ma.Schema):
    anything = ma.fields.Dict()


class NotOurs(DomainEvent):
    """No name."""


def _nothing() -> None:
    """Takes nothing."""


_unguarded = Blueprint("wrong_console", __name__)


@_unguarded.route("/open")
def open_view():
    return {}


@_unguarded.route("/guarded")
@requires("many.other")
def guarded_view():
    return {}


@_unguarded.errorhandler(404)
def own_not_found(error):
    return {}


@_unguarded.url_value_preprocessor
def preprocess(endpoint, values):
    """Runs before anybody knows whose shop it is."""


Base = tables("many")


class Loose(Base):
    __tablename__ = "loose"

    id: Mapped[Id]
    own_id: Mapped[int] = mapped_column(ForeignKey("many_other.id"))
    product_id: Mapped[int] = core_ref(Base, "product.id", on_delete="")
    gone_id: Mapped[int] = core_ref(Base, "no_such_table.id")


class Other(Base):
    __tablename__ = "many_other"

    id: Mapped[Id]
    name: Mapped[Str]
    product = relationship(
        Product,
        primaryjoin=lambda: Other.__table__.c.id == Product.__table__.c.id,
        foreign_keys=lambda: Other.__table__.c.id,
        viewonly=True,
    )


many = Plugin(
    name="many",
    title=" ",
    summary="",
    version="newest",
    api="one",
    requires=("many", "elsewhere", "Ä"),
    conflicts=("elsewhere",),
    settings=Bad,
    settings_version=0,
    upgrade_settings=_nothing,
    audit_words={"orders.cancel": "取消", "many.act": " "},
    permissions=(Permission("other.thing", "x"), Permission("other.thing", " ", ("cashier",)), "manage"),
    storefront=FlaskBlueprint("elsewhere", __name__, url_prefix="/mine"),
    console=_unguarded,
    tables=Base,
    migrations=Path("/nowhere/migrations"),
    hooks=SimpleNamespace(no_such_hook=no_such_hook, quote=quote, cart_problems=cart_problems),
    handlers={OrderPaid: _nothing, NotOurs: _nothing, Lane: _nothing},
    jobs=(Job("fast", 5, lambda ctx, session: None), Job("fast", 60, _nothing), Job("Slow", 60, lambda a, b: None)),
    offers_while_closing=("order_panels",),
)
