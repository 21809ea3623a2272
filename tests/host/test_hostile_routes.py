"""Whatever a plugin's view does, the answer is a problem that names the plugin, and the shop sells."""

from __future__ import annotations

import pytest
from flask import Response, abort, request
from sqlalchemy import text

from core.db import db
from core.errors import Invalid
from core.plugin import Refused
from tests.host.hostile import deeds, puppet
from tests.host.selling import failures, hostile, sells

PLUGINS = (hostile("puppet"),)
STORE = "/store/api/v1/plugins/puppet/view"
CONSOLE = "/console/api/v1/plugins/puppet/view"
FAILED = (500, "plugin_failed", "puppet")


@pytest.fixture(autouse=True)
def told():
    puppet.deeds.clear()
    yield
    puppet.deeds.clear()


def _commits_poisoned(**_):
    deeds.swallows()
    db.session.execute(text("SELECT 1"))


def _streams(**_):
    def lines():
        yield "one"
        raise RuntimeError("in the middle")

    return Response(lines())


def _streams_and_exits(**_):
    def lines():
        yield "one"
        raise SystemExit(3)

    return Response(lines())


def _leaves_tenant(**_):
    db.session.execute(text("SELECT * FROM platform.tenant"))


def told_in(answer):
    body = answer.json
    return answer.status_code, body.get("code"), body.get("plugin")


EVIL = (
    deeds.raises, deeds.raises_ugly, deeds.exits, deeds.poisons, _commits_poisoned, _streams, _streams_and_exits,
    _leaves_tenant, lambda **_: object(), lambda **_: (1, 2, 3, 4),
)


@pytest.mark.parametrize("deed", EVIL, ids=lambda deed: deed.__name__)
def test_view_that_fails_is_a_neutral_problem(on, deed):
    puppet.deeds |= {"": None, "view": deed, "console_view": deed}
    assert told_in(on.get(STORE)) == FAILED
    assert told_in(on.post(STORE, json={})) == FAILED
    assert told_in(on.get(CONSOLE, token=on.staff_token)) == FAILED
    assert failures(on) == [("puppet", "route:puppet_console.console_view"), ("puppet", "route:puppet_store.view")]
    sells(on)


@pytest.mark.parametrize("place", ["before_request", "after_request"])
@pytest.mark.parametrize("deed", [deeds.raises, deeds.exits, deeds.poisons, lambda **_: object()])
def test_blueprints_own_request_functions_are_contained(on, place, deed):
    puppet.deeds[place] = deed
    assert told_in(on.get(STORE)) == FAILED
    assert failures(on) == [("puppet", f"route:puppet_store.{place}")]
    sells(on)


def test_teardown_that_fails_is_reported_and_changes_nothing(on):
    puppet.deeds["teardown_request"] = deeds.exits
    assert on.get(STORE).json == {"ok": True}
    assert failures(on) == [("puppet", "route:puppet_store.teardown_request")]
    sells(on)


def test_failure_says_nothing_of_its_cause(on):
    puppet.deeds["view"] = deeds.raises
    assert "broken" not in on.get(STORE).text


def test_refusals_are_no_failures(on):
    def refuse(**_):
        raise Refused("sold_out", "没有了")

    def deny(**_):
        abort(418)

    def invalid(**_):
        raise Invalid("不对", field="x")

    for deed, status, code in ((refuse, 409, "sold_out"), (deny, 418, "error"), (invalid, 422, "invalid")):
        puppet.deeds["view"] = deed
        answer = on.get(STORE)
        assert (answer.status_code, answer.json["code"]) == (status, code)
    assert failures(on) == []


def test_request_functions_do_not_run_where_the_plugin_is_off(on, other_shop):
    seen = []
    puppet.deeds["before_request"] = lambda **_: seen.append(request.path)
    puppet.deeds["after_request"] = lambda response: seen.append(request.path) or response
    puppet.deeds["teardown_request"] = lambda **_: seen.append(request.path)
    assert other_shop.get(STORE).status_code == 404
    assert other_shop.request("OPTIONS", STORE).status_code == 404
    assert seen == []
    assert on.get(STORE).status_code == 200
    assert seen == [STORE] * 3


def test_failures_are_the_shops_own(on, other_shop, switch):
    switch(other_shop, "puppet", "on")
    puppet.deeds["view"] = deeds.raises
    on.get(STORE)
    assert failures(on) == [("puppet", "route:puppet_store.view")]
    assert failures(other_shop) == []
