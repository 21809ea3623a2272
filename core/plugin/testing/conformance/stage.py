"""Shops that live a little: orders in every state, so that a plugin has something to do and something to leak."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core import clock
from core.plugin import Plugin
from core.plugin.testing.browser import PAGES, Browser
from core.plugin.testing.client import CONSOLE, STORE, Client
from core.plugin.testing.conformance import telling
from core.plugin.testing.conformance.subject import Subject
from core.plugin.testing.counter import Counter
from core.plugin.testing.passing import run_events, run_jobs
from core.plugin.testing.shopper import Order, Shopper
from core.plugin.testing.tenant import Tenant
from core.ui import describing as forms
from simulator.testing import Remote

LATER = 40 * 86400
"""What is frozen for some days has thawed by then."""
_ARGUMENT = re.compile(r"<(?:[^<>:]*:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Stage:
    """`tenant` has the plugin on and has lived with it; `other` never had it.

    `told` are the events that its handlers got, `faults` what was wrong with how they took them.
    """

    subject: Subject
    tenant: Tenant
    other: Tenant
    told: tuple[str, ...]
    faults: tuple[str, ...]


def set_up(tenant: Tenant, other: Tenant, subject: Subject, wechat: Remote) -> Stage:
    """A plugin with its default settings must let people shop."""
    begin(tenant, subject)
    live(tenant, wechat)
    events = telling.withheld(tenant, subject.plugin)
    run_events(tenant)
    faults = [fault for event in events for fault in telling.faults(tenant, subject.plugin, event)]
    with clock.travel(LATER):
        run_jobs(tenant)
        run_events(tenant)
    told = tuple(sorted({event.name for event in events}))
    return Stage(subject, tenant, other, told, tuple(faults))


def begin(tenant: Tenant, subject: Subject) -> None:
    """Switch the plugin on as a merchant would who has just found it."""
    tenant.switch_on(subject.name, _sample_settings(subject.plugin))
    subject.setup(tenant)


def _sample_settings(plugin: Plugin) -> dict[str, Any]:
    """Something for every setting that has no default; everything else as it comes."""
    if plugin.settings is None:
        return {}
    return {field["name"]: _sample(field) for field in forms.describe(plugin.settings) if field["required"]}


def _sample(field: dict[str, Any]) -> Any:
    if field.get("choices"):
        return field["choices"][0]["value"]
    samples = {"text": "x" * max(1, field.get("min_length") or 1), "boolean": False, "list": [], "group": {},
               "date": "2026-01-01", "time": "08:00:00", "moment": "2026-01-01T00:00:00Z"}
    return samples.get(field["type"], field.get("min") or 1)


def live(tenant: Tenant, wechat: Remote) -> None:
    """Sales of every kind: every event happens at least once."""
    shopper, counter = Shopper(tenant, tenant.buyer, wechat), Counter(tenant, wechat)
    counter.complete(_paid(shopper, {"MILK": 2, "PORK": "1.25"}))
    partly = _paid(shopper, {"MILK": 3, "RICE": 1})
    counter.complete(partly)
    counter.refund(partly, {"MILK": 1})
    counter.refund(_paid(shopper, {"RICE": 1}))
    shopper.cancel(_paid(shopper, {"RICE": 2}))
    shopper.cancel(shopper.place_order({"MILK": 1}))
    counter.till_sale({"RICE": 3}, tenant.buyer)
    counter.till_sale({"RICE": 1})
    shopper.put_into_cart({"MILK": 1})
    shopper.place_order({"MILK": 1})


def sell(tenant: Tenant, wechat: Remote) -> None:
    """One order from cart to counter, one sale at the till."""
    counter = Counter(tenant, wechat)
    counter.complete(_paid(Shopper(tenant, tenant.buyer, wechat), {"MILK": 2}))
    counter.till_sale({"RICE": 1}, tenant.buyer)


def _paid(shopper: Shopper, quantities: dict[str, Any]) -> Order:
    order = shopper.place_order(quantities)
    shopper.pay(order)
    return order


def own_rules(app: Flask, name: str) -> list[Rule]:
    """The plugin's routes."""
    places = [f"{prefix}/plugins/{name}/" for prefix in (STORE, CONSOLE)]
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(tuple(places))]


def own_pages(app: Flask, name: str) -> list[Rule]:
    """The plugin's pages."""
    prefix = f"{PAGES}/plugins/{name}"
    return [rule for rule in app.url_map.iter_rules() if rule.rule == prefix or rule.rule.startswith(f"{prefix}/")]


def open_page(browser: Browser, rule: Rule, method: str = "GET") -> TestResponse:
    """One request for a page; arguments of the path are 1."""
    return browser.request(method, _ARGUMENT.sub("1", rule.rule).removeprefix(PAGES))


def visit_everything(tenant: Tenant, plugin: str, but: str = "") -> list[TestResponse]:
    """Every page of storefront and console that the core has (`but` is left out), as shopper and as owner.

    Where the path names a plugin, it is `plugin`.
    """
    numbers = tenant.rows("SELECT number FROM orders ORDER BY id LIMIT 1")
    known = {"number": numbers[0][0] if numbers else "0", "plugin": plugin}
    return [visit(tenant, rule, "GET", known) for rule in _core_pages(tenant.app) if rule.rule != but]


def visit(tenant: Tenant, rule: Rule, method: str, known: dict[str, str], client: Client | None = None) -> TestResponse:
    """One request; arguments of the path that nobody knows are 1."""
    path = _ARGUMENT.sub(lambda found: known.get(found[1], "1"), rule.rule)
    prefix = STORE if path.startswith(STORE) else CONSOLE
    if client is None:
        client = tenant.store(tenant.buyer) if prefix == STORE else tenant.console(tenant.owner)
    body = {} if method in {"GET", "HEAD", "OPTIONS"} else {"json": {}}
    return client.request(method, path.removeprefix(prefix), **body)


def _core_pages(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        mine = rule.rule.startswith((f"{STORE}/", f"{CONSOLE}/")) and "/plugins" not in rule.rule
        if mine and "GET" in (rule.methods or ()):
            yield rule
