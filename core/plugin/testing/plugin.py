"""pytest's way in (entry point `jishi` of pytest11): options and fixtures, nothing that runs by itself.

Everything of ours is imported inside the fixtures, so that other test suites in the same environment pay nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask

    from core.plugin.testing.browser import Browser
    from core.plugin.testing.client import Client
    from core.plugin.testing.counter import Counter
    from core.plugin.testing.passing import Travel
    from core.plugin.testing.servers import Servers
    from core.plugin.testing.shopper import Order, Shopper
    from core.plugin.testing.stocking import Buyer
    from core.plugin.testing.tenant import Tenant


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("jishi", "plugins of the retail platform")
    group.addoption(
        "--plugin", action="append", default=[], metavar="NAME", dest="jishi_plugins",
        help="an installed plugin to test, with what it requires (again and again; without: every installed one)",
    )
    group.addoption(
        "--plugin-module", action="append", default=[], metavar="NAME=MODULE:ATTR", dest="jishi_modules",
        help="where to find a plugin that is not installed",
    )
    group.addoption(
        "--plugin-setup", action="append", default=[], metavar="NAME=MODULE:FUNCTION", dest="jishi_setups",
        help="for the conformance kit: function(tenant) gives a shop that has the plugin on something to work with",
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A PostgreSQL, a Valkey and a WeChat simulator of this run's own."""
    from core.plugin.testing.servers import starting

    with starting() as servers:
        yield servers


@pytest.fixture(scope="session")
def app(servers: Servers, pytestconfig: pytest.Config) -> Flask:
    """The whole shop with the plugins under test (`--plugin`) and those they require, else every installed one."""
    from core import create_app
    from core.plugin.testing.logs import log_plainly
    from core.plugin.testing.selection import chosen

    log_plainly()
    return create_app(servers.config, chosen(pytestconfig))


@pytest.fixture(scope="session")
def callbacks(app: Flask, servers: Servers) -> Iterator[None]:
    """The app behind real HTTP, so that WeChat's callbacks arrive."""
    from core.plugin.testing.servers import serving

    with serving(app, servers.config.public_url):
        yield


@pytest.fixture
def tenant(app: Flask, servers: Servers) -> Iterator[Tenant]:
    """A shop of its own: a store, MILK, RICE and PORK, an owner, a shopper who is a member; every plugin off."""
    from core.plugin.testing.tenant import opened

    with opened(app, servers, "alpha") as tenant:
        yield tenant


@pytest.fixture
def other_tenant(app: Flask, servers: Servers) -> Iterator[Tenant]:
    """Another shop, to prove that nothing leaks."""
    from core.plugin.testing.tenant import opened

    with opened(app, servers, "beta") as tenant:
        yield tenant


@pytest.fixture
def plugin_on(tenant: Tenant) -> Callable[..., None]:
    """`plugin_on("lottery", settings={…})` switches a plugin on for `tenant`; what it requires comes first.

    `on=other_tenant` does it for another shop.
    """

    def switch_on(name: str, settings: Mapping[str, Any] | None = None, on: Tenant | None = None) -> None:
        (on or tenant).switch_on(name, settings)

    return switch_on


@pytest.fixture
def plugin_off(tenant: Tenant) -> Callable[[str], None]:
    """`plugin_off("lottery")` switches it off (or, with something still open, starts closing it)."""
    return tenant.switch_off


@pytest.fixture
def console(tenant: Tenant) -> Client:
    """HTTP to `/console/api/v1` as the shop's owner: `console.get("/plugins/lottery/rules").json`."""
    return tenant.console(tenant.owner)


@pytest.fixture
def browser(tenant: Tenant) -> Browser:
    """The console's pages as the shop's owner: `browser.get("/plugins/lottery/prizes").text`, `.post(path, name=…)`."""
    return tenant.browser(tenant.owner)


@pytest.fixture
def store(tenant: Tenant) -> Client:
    """HTTP to `/store/api/v1` as `buyer`: `store.get("/plugins/lottery/balance").json`."""
    return tenant.store(tenant.buyer)


@pytest.fixture
def buyer(tenant: Tenant) -> Buyer:
    """The shop's shopper: `id`, `member_no` M0001, `phone`."""
    return tenant.buyer


@pytest.fixture
def shopper(tenant: Tenant, servers: Servers, callbacks: None) -> Shopper:
    """`buyer` in person. For somebody else: `shopper_as(tenant.add_buyer())`."""
    from core.plugin.testing.shopper import Shopper

    return Shopper(tenant, tenant.buyer, servers.wechat)


@pytest.fixture
def shopper_as(tenant: Tenant, servers: Servers, callbacks: None) -> Callable[..., Shopper]:
    """`shopper_as(buyer)` is another shopper of `tenant`, `shopper_as(buyer, other_tenant)` one of another shop."""
    from core.plugin.testing.shopper import Shopper

    return lambda buyer, of=None: Shopper(of or tenant, buyer, servers.wechat)


@pytest.fixture
def counter(tenant: Tenant, servers: Servers, callbacks: None) -> Counter:
    """The owner at work at the counter."""
    from core.plugin.testing.counter import Counter

    return Counter(tenant, servers.wechat)


@pytest.fixture
def cart(shopper: Shopper) -> Callable[[Mapping[str, Any]], None]:
    """`cart({"MILK": 2, "PORK": "1.25"})` sets quantities in the shopper's cart."""
    return shopper.put_into_cart


@pytest.fixture
def quote(shopper: Shopper) -> Callable[..., dict[str, Any]]:
    """`quote()` is the price of the cart, `quote({"MILK": 2}, choices={…})` that of other goods."""
    return shopper.quote


@pytest.fixture
def place_order(shopper: Shopper) -> Callable[..., Order]:
    """`order = place_order()` orders the cart, `place_order({"MILK": 2}, choices={"lottery": {"use": 500}})` other goods."""
    return shopper.place_order


@pytest.fixture
def pay(shopper: Shopper) -> Callable[[Order], None]:
    """`pay(order)` at WeChat's simulator; the callback is booked when it returns."""
    return shopper.pay


@pytest.fixture
def cancel(shopper: Shopper) -> Callable[[Order], None]:
    """`cancel(order)`: unpaid it is closed, paid it is refunded."""
    return shopper.cancel


@pytest.fixture
def refund(counter: Counter) -> Callable[..., str]:
    """`refund(order)` gives everything back, `refund(order, {"MILK": 1})` a part; returns the refund's number."""
    return counter.refund


@pytest.fixture
def hand_over(counter: Counter) -> Callable[[Order], None]:
    """`hand_over(order)`: a pickup is completed by it, a delivery is on its way."""
    return counter.hand_over


@pytest.fixture
def complete(counter: Counter) -> Callable[[Order], None]:
    """`complete(order)` does whatever is left until the customer has everything."""
    return counter.complete


@pytest.fixture
def till_sale(counter: Counter) -> Callable[..., Order]:
    """`till_sale({"MILK": 2}, buyer)`: a sale at the till, completed at once; without `buyer` nobody knows to whom."""
    return counter.till_sale


@pytest.fixture
def run_events(tenant: Tenant) -> Callable[[], int]:
    """`run_events()` hands over all events that are due, here and now; fails when a handler raises."""
    from core.plugin.testing.passing import run_events

    return lambda of=tenant: run_events(of)


@pytest.fixture
def run_jobs(tenant: Tenant) -> Callable[[], int]:
    """`run_jobs()` does what is due: plugins' jobs, unpaid orders close, closing plugins go off; fails when a job raises."""
    from core.plugin.testing.passing import run_jobs

    return lambda of=tenant: run_jobs(of)


@pytest.fixture
def travel(servers: Servers) -> Iterator[Travel]:
    """`travel(seconds)`: from now on everything happens that much later."""
    from core.plugin.testing.passing import Travel

    travel = Travel(servers.wechat)
    yield travel
    travel.back()
