"""Group 9: `quote` is pure and quick, and no hook asks the database more often because there are more products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import pytest

from core.db import db
from core.plugin import Lane, OrderRef, ProductRef
from core.plugin.testing.conformance.asking import CHOICES, NONSENSE, cart_of, hook
from core.plugin.testing.conformance.stage import Stage
from core.plugin.testing.conformance.watching import clock_asked, statements
from core.pricing import answers

LINES = 100
BUDGET_SECONDS = 0.010
TRIES = 7


@pytest.fixture
def quote(stage) -> Callable[..., Any]:
    """The plugin's `quote`; one that makes no prices has nothing to test."""
    found = hook(stage.subject.plugin, "quote")
    if found is None:
        pytest.skip(f"{stage.subject.name} makes no prices")
    return found


def test_quote_runs_no_sql(stage, quote):
    with stage.tenant.bound():
        for asked in loaded(stage):
            with statements(db.engine) as sent:
                everything(quote, asked)
            assert sent == [], f"quote ran SQL: {sent[0]}"


def test_quote_does_not_ask_for_the_time(stage, quote):
    with stage.tenant.bound():
        for asked in loaded(stage):
            with clock_asked() as questions:
                everything(quote, asked)
            assert questions == [], f"quote has its own idea of the time: {questions[0]}; use ctx.now"


def test_quote_answers_the_same_twice(stage, quote):
    with stage.tenant.bound():
        for asked in loaded(stage):
            assert everything(quote, asked) == everything(quote, asked)


def test_quote_leaves_its_arguments_alone(stage, quote):
    with stage.tenant.bound():
        for asked in loaded(stage):
            before = repr(asked)
            everything(quote, asked)
            assert repr(asked) == before, "quote changed the cart or its terms"


def test_quote_answers_adjustments_in_whole_fen(stage, quote):
    with stage.tenant.bound():
        for asked in loaded(stage):
            positions = frozenset(line.position for line in asked["cart"].lines)
            for lane, answer in everything(quote, asked).items():
                try:
                    answers.adjustments(answer, positions)
                except answers.BadAnswer as fault:
                    pytest.fail(f"quote in lane {lane}: {fault}")


def test_quote_of_a_hundred_lines_takes_ten_milliseconds_at_most(stage, quote):
    with stage.tenant.bound():
        for asked in loaded(stage, lines=LINES):
            best = min(seconds(lambda: everything(quote, asked)) for _ in range(TRIES))  # noqa: B023
            assert best <= BUDGET_SECONDS, f"{LINES} lines took {best * 1000:.1f} ms"


@pytest.mark.parametrize("chosen", NONSENSE, ids=str)
def test_any_choice_that_comes_in_is_borne(stage, chosen):
    """What shoppers choose comes from outside: it may make a problem, it may not break the quote."""
    plugin, ctx = stage.subject.plugin, stage.tenant.context()
    cart = cart_of(stage.tenant, 3, plugin.name, chosen)
    load, quote, problems = hook(plugin, "load_for_cart"), hook(plugin, "quote"), hook(plugin, "cart_problems")
    with stage.tenant.bound():
        terms = load(ctx=ctx, cart=cart) if load else None
        if quote and terms is not None:
            everything(quote, {"ctx": ctx, "cart": cart, "terms": terms})
        if problems:
            problems(ctx=ctx, cart=cart, terms=terms)


def test_terms_are_hashable(stage):
    with stage.tenant.bound():
        for asked in loaded(stage):
            hash(asked["terms"])


BULK = ("product_offers", "load_for_cart", "cart_problems", "order_panels", "table_columns", "product_form_sections")


@pytest.mark.parametrize("name", BULK)
def test_more_products_do_not_mean_more_statements(stage, name):
    asked = hook(stage.subject.plugin, name)
    if asked is None:
        return
    with stage.tenant.bound():
        for few, many in zip(arguments_of(stage, name, 2), arguments_of(stage, name, 40), strict=True):
            asked(**many)
            counts = [count_of(asked, few), count_of(asked, many)]
            assert counts[1] <= counts[0], f"{name} runs {counts[0]} statements for 2, {counts[1]} for 40"


def arguments_of(stage: Stage, name: str, count: int) -> Iterator[dict[str, Any]]:
    """What the hook is asked, once per choice or table."""
    tenant, ctx = stage.tenant, stage.tenant.context()
    ids = tuple(range(1, count + 1))
    if name == "product_offers":
        yield {"ctx": ctx, "products": tuple(ProductRef(i, f"商品 {i}", None, 1280) for i in ids)}
    elif name == "order_panels":
        orders = tuple(OrderRef(i, f"{i:016d}", "paid", tenant.buyer.id, tenant.store_id, 1280) for i in ids)
        yield {"ctx": ctx, "orders": orders}
    elif name == "product_form_sections":
        yield {"ctx": ctx, "product_ids": ids}
    elif name == "table_columns":
        yield from ({"ctx": ctx, "table": table, "ids": ids} for table in ("orders", "products", "members"))
    else:
        load = hook(stage.subject.plugin, "load_for_cart")
        for choices in CHOICES:
            cart = cart_of(tenant, count, stage.subject.name, choices)
            asked = {"ctx": ctx, "cart": cart}
            needs_terms = load is not None and name == "cart_problems"
            yield asked | {"terms": load(**asked) if needs_terms else None}


def count_of(asked: Callable[..., Any], arguments: dict[str, Any]) -> int:
    with statements(db.engine) as sent:
        asked(**arguments)
    return len(sent)


def loaded(stage: Stage, lines: int = 5) -> Iterator[dict[str, Any]]:
    """What `quote` is asked about: carts for which the plugin has terms."""
    load = hook(stage.subject.plugin, "load_for_cart")
    for choices in CHOICES:
        ctx, cart = stage.tenant.context(), cart_of(stage.tenant, lines, stage.subject.name, choices)
        terms = load(ctx=ctx, cart=cart) if load else None
        if terms is not None:
            yield {"ctx": ctx, "cart": cart, "terms": terms}


def everything(quote: Callable[..., Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The plugin's answers in every lane."""
    return {lane.value: quote(**asked, lane=lane) for lane in Lane}


def seconds(call: Callable[[], Any]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started
