"""A plugin that fails, lies or meddles while prices are made: browsing shows it, nobody is charged on a guess."""

from __future__ import annotations

import math

import pytest
from sqlalchemy import text

from core.db import db
from core.plugin import Adjustment, Claim, Lane, Problem, Refused
from tests.core.console_http import acting
from tests.core.extensions import tiny
from tests.core.extensions.conftest import counted, failures_of, order, quote, switch

NOTICE = "部分优惠暂时无法计算，最终价格以下单时为准"


def fail(**_):
    raise RuntimeError("no")


def poison(**_):
    try:
        tiny.session.execute(text("SELECT 1 / 0"))
    except Exception:
        return


def propose(answer):
    """`moody` answers `answer(cart)` in the PROMOTION lane."""
    tiny.mood["load_for_cart"] = lambda **_: "terms"
    tiny.mood["quote"] = lambda cart, lane, **_: answer(cart) if lane is Lane.PROMOTION else []


def unconfirmed(shop, key: str) -> dict:
    """The refusal of an order at prices that are incomplete."""
    answer = order(shop, key, ("MILK", 2), ("OIL", 2))
    assert answer.status_code == 409, answer.text
    return {name: answer.json.get(name) for name in ("code", "plugins")}


@pytest.mark.parametrize("hook", ["load_for_cart", "quote", "cart_problems"])
def test_hook_that_raises_leaves_the_quote_incomplete_and_the_checkout_refused(shop, hook):
    switch(shop, "moody", "reduction")
    tiny.mood["load_for_cart"] = lambda **_: "terms"
    tiny.mood[hook] = fail
    quoted = quote(shop, ("MILK", 2), ("OIL", 2))
    assert (quoted["incomplete"], quoted["complete"], quoted["orderable"], quoted["notice"]) == (
        ["moody"], False, False, NOTICE,
    )
    assert quoted["payable_fen"] == 8360
    assert unconfirmed(shop, f"raises-{hook}") == {"code": "price_unconfirmed", "plugins": ["moody"]}
    assert f"hook:{hook}" in failures_of(shop, "moody")


GARBAGE = {
    "text": lambda cart: "20% off",
    "a number": lambda cart: 5,
    "something else in the list": lambda cart: [{"rule": "x", "discount_fen": 5}],
    "a generator": lambda cart: (a for a in ()),
    "a float": lambda cart: [Adjustment("x", "x", 1.5)],
    "a bool": lambda cart: [Adjustment("x", "x", True)],
    "a surcharge": lambda cart: [Adjustment("x", "x", -100)],
    "not a number": lambda cart: [Adjustment("x", "x", math.nan)],
    "a line that is not there": lambda cart: [Adjustment("x", "x", 100, positions=(9,))],
    "a line that is not there, per line": lambda cart: [Adjustment("x", "x", per_line={9: 1})],
    "a float per line": lambda cart: [Adjustment("x", "x", per_line={1: 0.5})],
    "no reason": lambda cart: [Adjustment("x", "", 100)],
    "a rule that is no text": lambda cart: [Adjustment(7, "x", 100)],
    "text that can't be stored": lambda cart: [Adjustment("x", "a\x00b", 100)],
    "text that can't be sent": lambda cart: [Adjustment("x", "\ud800", 100)],
    "a lane that is none": lambda cart: [Adjustment("x", "x", 100, closes=frozenset({"coupon"}))],
    "an unknown bearer": lambda cart: [Adjustment("x", "x", 100, bearer="me")],
    "too many": lambda cart: [Adjustment(f"x{i}", "x", 1) for i in range(201)],
    "SQL": lambda cart: tiny.sku_ids("MILK"),
    "sys.exit": lambda cart: exit(1),
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE)
def test_quote_that_answers_garbage_is_a_failure(shop, answer):
    switch(shop, "moody")
    propose(answer)
    quoted = quote(shop, ("MILK", 2))
    assert (quoted["incomplete"], quoted["payable_fen"], len(quoted["steps"])) == (["moody"], 2560, 1)


def test_terms_that_are_not_hashable_are_a_failure(shop):
    switch(shop, "moody")
    tiny.mood["load_for_cart"] = lambda **_: {"a": []}
    assert quote(shop, ("MILK", 2))["incomplete"] == ["moody"]


@pytest.mark.parametrize("problem", ["text", Problem("x", "\ud800"), Problem("x", "x", 7), Problem(1, "x")])
def test_problems_that_are_none_are_a_failure(shop, problem):
    switch(shop, "moody")
    tiny.mood["cart_problems"] = lambda **_: [problem]
    quoted = quote(shop, ("MILK", 2))
    assert (quoted["incomplete"], quoted["problems"]) == (["moody"], [])


def test_problem_of_a_plugin_keeps_the_order_from_being_placed(shop):
    switch(shop, "moody")
    tiny.mood["cart_problems"] = lambda **_: [Problem("seat_taken", "活动名额已满", 1)]
    quoted = quote(shop, ("MILK", 2))
    assert quoted["problems"] == [{"code": "seat_taken", "message": "活动名额已满", "position": 1}]
    assert (quoted["complete"], quoted["orderable"]) == (True, False)
    assert order(shop, "problem-1", ("MILK", 2)).json["code"] == "cannot_order"


@pytest.mark.parametrize("hook", ["load_for_cart", "quote", "cart_problems"])
def test_plugin_that_changes_its_cart_is_found_out_and_nobody_else_suffers(shop, hook):
    switch(shop, "moody", "reduction", "level")
    tiny.mood["load_for_cart"] = lambda **_: "terms"

    def meddle(cart, **_):
        object.__setattr__(cart.lines[0], "amount_fen", 1)
        object.__setattr__(cart.lines[1], "sku_id", 99)

    tiny.mood[hook] = meddle
    quoted = quote(shop, ("MILK", 2), ("OIL", 2))
    assert quoted["incomplete"] == ["moody"]
    assert [(s["source"], s["amount_fen"]) for s in quoted["steps"]] == [
        ("core", 9160), ("level", -128), ("reduction", -800),
    ]
    assert quoted["lines"][1]["sku_id"] == str(shop.skus["OIL"])
    assert f"hook:{hook}" in failures_of(shop, "moody")


def test_choices_can_be_read_and_not_changed(shop):
    switch(shop, "moody")
    seen = []

    def meddle(cart, **_):
        seen.append(cart.choices["moody"]["list"])
        cart.choices["moody"]["use"] = 9

    tiny.mood["load_for_cart"] = meddle
    quoted = quote(shop, ("MILK", 2), choices={"moody": {"list": [1, {"a": [2]}], "use": 1}})
    assert quoted["incomplete"] == ["moody"]
    assert seen == [(1, {"a": (2,)})]


BAD_CHOICES = {
    "text": "points",
    "a list": [{"points": 1}],
    "a plugin without an object": {"points": 5},
    "a name that is none": {"Points!": {}},
    "too many plugins": {f"plugin{i}": {} for i in range(21)},
    "too large": {"points": {"note": "字" * 1400}},
    "NUL": {"points": {"note": "a\x00"}},
}


@pytest.mark.parametrize("choices", BAD_CHOICES.values(), ids=BAD_CHOICES)
def test_choices_that_are_not_bounded_objects_are_refused(shop, choices):
    body = {"store_id": str(shop.store_id), "fulfilment": "pickup", "choices": choices}
    answer = shop.post("/store/api/v1/quote", token=shop.buyer_token, json=body)
    assert (answer.status_code, answer.json["field"]) == (422, "choices")


@pytest.mark.parametrize("raw", ['{"points": {"n": "\\ud800"}}', '{"points": {"n": 123456789012345678901234567890}}'])
def test_choices_that_json_can_not_hold_are_refused(shop, raw):
    body = f'{{"store_id": "{shop.store_id}", "fulfilment": "pickup", "choices": {raw}}}'
    answer = shop.post("/store/api/v1/quote", token=shop.buyer_token, data=body, content_type="application/json")
    assert (answer.status_code, answer.json["field"]) == (422, "choices")


def test_choices_belong_to_the_content_of_an_order(shop):
    switch(shop, "credit")
    first = order(shop, "choices-1", ("MILK", 2), choices={"credit": {"use": 100, "a": 1}})
    again = order(shop, "choices-1", ("MILK", 2), choices={"credit": {"a": 1, "use": 100}})
    assert (first.status_code, again.status_code, again.json["number"]) == (201, 200, first.json["number"])
    other = order(shop, "choices-1", ("MILK", 2), choices={"credit": {"use": 200, "a": 1}})
    assert (other.status_code, other.json["code"]) == (409, "reference_reused")


def test_claims_are_asked_of_each_with_its_own_part(shop):
    switch(shop, "moody", "credit")
    told = []
    tiny.mood["claim_for_order"] = lambda order, **_: told.append((order.steps, dict(order.choices))) or [Claim("a", "b")]
    answer = order(shop, "claims-1", ("MILK", 2), choices={"credit": {"use": 100}, "moody": {"seat": "A1"}})
    assert answer.status_code == 201
    assert told == [((), {"seat": "A1"})]
    assert [step.discount_fen for step in tiny.claimed["credit"]] == [100]


def refuse(**_):
    raise Refused("coupon_used", "优惠券已被使用")


def write_and_fail(session, **_):
    session.execute(text("UPDATE buyer SET name = 'taken'"))
    raise RuntimeError("no")


def commit(session, **_):
    session.execute(text("UPDATE buyer SET name = 'taken'"))
    session.commit()


def commit_quietly(session, **_):
    try:
        commit(session)
    except Exception:
        return


def roll_back(session, **_):
    session.rollback()


CLAIMS = {
    "refuses": (refuse, "coupon_used"),
    "raises": (fail, "claim_failed"),
    "writes and raises": (write_and_fail, "claim_failed"),
    "swallows an SQL error": (poison, "claim_failed"),
    "answers garbage": (lambda **_: ["seat"], "claim_failed"),
    "commits": (commit, "claim_failed"),
    "commits and swallows the refusal": (commit_quietly, "claim_failed"),
    "rolls back": (roll_back, "claim_failed"),
    "exits": (lambda **_: exit(1), "claim_failed"),
}


@pytest.mark.parametrize(("act", "code"), CLAIMS.values(), ids=CLAIMS)
def test_claim_that_fails_rolls_the_whole_order_back(shop, act, code):
    switch(shop, "moody", "credit")
    tiny.mood["claim_for_order"] = act
    before = acting.one(shop, "SELECT count(*), max(id) FROM orders"), shop.stock("MILK")
    answer = order(shop, "refused-claim", ("MILK", 2))
    assert (answer.status_code, answer.json["code"], answer.json["plugin"]) == (409, code, "moody")
    assert (acting.one(shop, "SELECT count(*), max(id) FROM orders"), shop.stock("MILK")) == before
    assert acting.one(shop, "SELECT count(*) FROM buyer WHERE name = 'taken'") == 0
    if code == "claim_failed":
        assert "hook:claim_for_order" in failures_of(shop, "moody")


def test_poisoned_read_reaches_neither_the_quote_nor_other_plugins(shop):
    switch(shop, "moody", "level")
    tiny.mood["load_for_cart"] = poison
    quoted = quote(shop, ("MILK", 2))
    assert (quoted["incomplete"], quoted["payable_fen"]) == (["moody"], 2432)


def test_closing_plugin_offers_nothing(shop):
    switch(shop, "level", state="closing")
    assert quote(shop, ("MILK", 2))["payable_fen"] == 2560
    switch(shop, "level", state="on")
    assert quote(shop, ("MILK", 2))["payable_fen"] == 2432


def test_statements_of_a_quote_do_not_grow_with_its_lines_nor_with_silent_plugins(shop):
    switch(shop)
    quote(shop, ("MILK", 1))
    with shop.bound(), counted() as alone:
        quote(shop, ("MILK", 1))
    with shop.bound(), counted() as longer:
        quote(shop, ("MILK", 1), ("YOGURT", 1), ("OIL", 1))
    switch(shop, "moody")
    quote(shop, ("MILK", 1))
    with shop.bound(), counted() as silent:
        quote(shop, ("MILK", 1), ("YOGURT", 1), ("OIL", 1))
    assert (len(longer), len(silent)) == (len(alone), len(alone))


def test_other_shop_is_asked_nothing(shop, other_shop):
    switch(shop, "moody")
    tiny.mood["load_for_cart"] = fail
    assert quote(other_shop, ("MILK", 2))["complete"] is True
    assert failures_of(other_shop, "moody") == []
    with other_shop.bound():
        assert db.session.execute(text("SELECT count(*) FROM plugin_failure")).scalar_one() == 0
