"""Every page of shop and console stands, whatever the plugins do that add something to it."""

from __future__ import annotations

import pytest

from core.host.policies import POLICIES, Kind
from tests.host.hostile import deeds, puppet
from tests.host.selling import failures, hostile, ordered, quoted

PLUGINS = (hostile("puppet"),)
DISPLAY = sorted(hook for hook, policy in POLICIES.items() if policy.kind is Kind.DISPLAY)
STORE = ("/products", "/capabilities", "/home", "/orders", "/profile", "/products/{product}", "/orders/{number}")
CONSOLE = (
    "/orders", "/products", "/members", "/session", "/nav", "/dashboard/cards", "/home/kinds",
    "/products/{product}/sections",
)


@pytest.fixture(autouse=True)
def told():
    puppet.deeds.clear()
    puppet.asked.clear()
    yield
    puppet.deeds.clear()


@pytest.mark.parametrize("deed", [deeds.raises, deeds.exits, deeds.poisons, deeds.mutates, lambda **_: object()])
def test_pages_stand(on, deed):
    puppet.deeds |= dict.fromkeys(DISPLAY, deed)
    names = {"product": on.get("/store/api/v1/products").json["items"][0]["id"], "number": ordered(on).json["number"]}
    assert quoted(on)["complete"]
    for path in STORE:
        answer = on.get(f"/store/api/v1{path}".format(**names), token=on.buyer_token)
        assert answer.status_code == 200, path
    for path in CONSOLE:
        answer = on.get(f"/console/api/v1{path}".format(**names), token=on.staff_token)
        assert answer.status_code == 200, path
    on.get("/store/api/v1/pages/puppet/start")
    assert failures(on) == [("puppet", f"hook:{hook}") for hook in DISPLAY]
    assert set(DISPLAY) <= set(puppet.asked)
