"""The protocol and its builders say the same: every type and action, from the schema's own examples."""

from __future__ import annotations

import inspect

import jsonschema_rs
import pytest
from jsonschema_rs import Draft202012Validator

from core.plugin.build import A, B
from tests.core.blocks.schema_facts import DEFS, SCHEMA, action_built, built, drawing, examples, moment, named, walk

TYPES = {
    "banner", "image", "title", "notice", "nav-grid", "product-grid", "countdown", "progress", "price", "text",
    "rich-text", "button", "list", "stat", "avatars", "coupon", "qrcode", "form", "card", "space",
}  # fmt: skip
ACTIONS = {
    "nav", "page", "call", "toast", "modal", "sheet", "copy", "tel", "map", "share", "pay", "login", "scan",
    "subscribe", "refresh", "back",
}  # fmt: skip


def test_schema_is_one():
    jsonschema_rs.meta.validate(SCHEMA)


def test_level_one_has_its_types_actions_and_slots():
    assert set(named("block.")) == TYPES
    assert set(named("action.")) == ACTIONS
    assert [slot["const"] for slot in DEFS["slot"]["oneOf"]] == [
        "home.feed", "category.top", "search.empty", "product.price", "product.promo", "product.bottom", "cart.top",
        "checkout.fields", "pay.done", "order.detail", "member.header", "member.services",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in DEFS if name.startswith(("block.", "action."))])
def test_every_type_and_prop_says_since_which_level(name: str):
    definition = DEFS[name]
    assert definition["since"] == 1
    assert definition["title"] and definition["description"] and definition["examples"]
    for schema in walk(definition):
        for prop, described in schema["properties"].items():
            assert prop == "type" or (described["since"] == 1 and described["description"]), (name, prop)


@pytest.mark.parametrize("name", named("block."))
def test_builder_of_a_block_takes_the_props_of_its_type(name: str):
    parameters = inspect.signature(getattr(B, name.replace("-", "_"))).parameters.values()
    named_ones = {p.name: p for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert named_ones.keys() == DEFS[f"block.{name}"]["properties"].keys()
    required = {p for p in named_ones if named_ones[p].default is inspect.Parameter.empty}
    assert required == set(DEFS[f"block.{name}"].get("required", ()))


@pytest.mark.parametrize("name", named("action."))
def test_builder_of_an_action_takes_its_members(name: str):
    parameters = inspect.signature(getattr(A, name)).parameters
    assert {"type", *parameters} == DEFS[f"action.{name}"]["properties"].keys()
    required = {p for p in parameters if parameters[p].default is inspect.Parameter.empty}
    assert {"type", *required} == set(DEFS[f"action.{name}"]["required"])


@pytest.mark.parametrize(("name", "props"), examples("block."))
def test_example_of_a_block_is_built_and_drawn(name: str, props: dict):
    draw = drawing()
    drawn = draw.blocks([built(name, props)])
    assert draw.faults == []
    assert [(block["type"], block["src"], block["props"]) for block in drawn] == [(name, "club", props)]


@pytest.mark.parametrize(("name", "example"), examples("action."))
def test_example_of_an_action_is_built_and_drawn(name: str, example: dict):
    draw = drawing()
    [drawn] = draw.actions([action_built(example)])
    assert draw.faults == []
    if name == "sheet":
        drawn["blocks"] = [{"type": block["type"], "props": block["props"]} for block in drawn["blocks"]]
    assert drawn == example


def test_page_of_every_example_fits_the_schema_as_a_whole():
    draw = drawing(space=10**6)
    blocks = draw.blocks([built(name, props) for name, props in examples("block.")])
    page = {"v": 1, "level": 1, "now": 1, "title": "全部", "ttl": 0, "blocks": blocks}
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(page)] == []


def test_builder_leaves_out_what_is_none_and_turns_times_into_milliseconds():
    until = moment(1_795_297_200_000)
    block = B.countdown(until=until, label=None, done=A.refresh(), id="clock")
    assert (block.id, block.props) == ("clock", {"until": 1_795_297_200_000, "done": {"type": "refresh"}})


def test_builder_refuses_a_time_without_a_zone():
    with pytest.raises(ValueError, match="zone"):
        B.countdown(until=moment(0).replace(tzinfo=None))
