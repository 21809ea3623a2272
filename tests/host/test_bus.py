"""Dispatch: order, attribution, and arguments that are nobody else's."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from core.db import db
from core.host.bus import Bus
from core.host.twins import ArgumentsChanged
from core.plugin import OrderFacts, OrderRef, Refused, hookimpl
from tests.host.selling import failures, hostile

PLUGINS = (hostile("quiet"),)


@hookimpl
def order_panels(ctx, orders):
    return [order.payable_fen for order in orders]


@hookimpl
def mutating(ctx, orders):
    object.__setattr__(orders[0], "payable_fen", 0)
    return "changed"


@hookimpl
def raising(ctx):
    raise RuntimeError("broken")


@hookimpl
def cards(ctx):
    return ctx.tenant


def bus(**hooks):
    made = Bus()
    for name, (hook, function) in hooks.items():
        made.register(name, type(name, (), {hook: staticmethod(function)}))
    return made


def test_answers_come_in_name_order_whatever_the_order_of_registration(on):
    dispatch = bus(c=("dashboard_cards", cards), a=("dashboard_cards", cards), b=("dashboard_cards", raising))
    with on.bound():
        answers = dispatch.read(frozenset("abc"), "dashboard_cards", ctx=on.context())
        assert [(a.plugin, a.value, type(a.error)) for a in answers] == [
            ("a", on.ref.key, type(None)), ("b", None, RuntimeError), ("c", on.ref.key, type(None))
        ]
    assert failures(on) == [("b", "hook:dashboard_cards")]


def test_only_enabled_plugins_that_implement_the_hook_are_asked(on):
    dispatch = bus(a=("dashboard_cards", cards), b=("dashboard_cards", cards), c=("order_panels", order_panels))
    with on.bound():
        assert [a.plugin for a in dispatch.read(frozenset("ac"), "dashboard_cards", ctx=on.context())] == ["a"]
        assert dispatch.read(frozenset(), "dashboard_cards", ctx=on.context()) == []
    assert dispatch.implementing(frozenset("abc"), "dashboard_cards") == {"a", "b"}


def test_plugin_that_changes_arguments_fails_and_others_are_asked_with_good_ones(on):
    dispatch = bus(a=("order_panels", mutating), b=("order_panels", order_panels))
    orders = (OrderRef(1, "1", "paid", None, 1, 100),)
    with on.bound():
        guilty, innocent = dispatch.read(frozenset("ab"), "order_panels", ctx=on.context(), orders=orders)
        assert (type(guilty.error), guilty.value) == (ArgumentsChanged, None)
        assert (innocent.error, innocent.value) == (None, [100])
        assert orders[0].payable_fen == 100
    assert failures(on) == [("a", "hook:order_panels")]


def test_mappings_can_not_be_changed_and_are_copies(on):
    @hookimpl
    def storefront_page(params):
        assert type(params) is MappingProxyType
        params["lines"].append(3)

    dispatch = bus(a=("storefront_page", storefront_page))
    params = {"lines": [1, 2]}
    with on.bound():
        [answer] = dispatch.read(frozenset("a"), "storefront_page", ctx=on.context(), page="x", params=params)
        assert type(answer.error) is ArgumentsChanged
    assert params == {"lines": [1, 2]}


def test_writing_hook_gets_the_session_itself_and_facts_of_its_own(on):
    seen = []

    @hookimpl
    def claim_for_order(session, order):
        seen.append(session)
        object.__setattr__(order, "payable_fen", 0)

    dispatch = bus(a=("claim_for_order", claim_for_order))
    order = OrderFacts(1, "1", 1, 1, 100, 0, 100, ())
    with on.bound():
        [answer] = dispatch.call(frozenset("a"), "claim_for_order", ctx=on.context(), session=db.session, order=order)
        assert type(answer.error) is ArgumentsChanged
        assert (seen, order.payable_fen) == ([db.session], 100)


@pytest.mark.parametrize("error", [Refused("no", "不"), SystemExit(3), ValueError("x")])
def test_error_of_a_writing_hook_is_the_callers(on, error):
    @hookimpl
    def claim_for_order(ctx):
        raise error

    with on.bound():
        [answer] = bus(a=("claim_for_order", claim_for_order)).call(frozenset("a"), "claim_for_order", ctx=on.context())
        assert answer == ("a", None, error)
    assert failures(on) == []
