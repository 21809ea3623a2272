"""Two shops, a plugin on in one: nothing of it in the other, on any path, by any method, in any hook."""

from __future__ import annotations

import pytest

from tests.host.hostile import quiet
from tests.host.selling import hostile, sells

PLUGINS = (hostile("quiet"),)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
PATHS = (
    "/store/api/v1/plugins/quiet",
    "/store/api/v1/plugins/quiet/",
    "/store/api/v1/plugins/quiet/hello",
    "/store/api/v1/plugins/quiet/hello/",
    "/store/api/v1/plugins/quiet/things/1",
    "/store/api/v1/plugins/quiet/nowhere",
    "/store/api/v1/plugins/quiet/openapi.json",
    "/console/api/v1/plugins/quiet/hello",
)


@pytest.fixture(autouse=True)
def forget():
    quiet.called.clear()


def test_routes_answer_where_the_plugin_is_on(on):
    answer = on.get("/store/api/v1/plugins/quiet/hello")
    assert (answer.status_code, answer.json) == (200, {"tenant": on.ref.key})
    answer = on.get("/console/api/v1/plugins/quiet/hello", token=on.staff_token)
    assert (answer.status_code, answer.json) == (200, {"tenant": on.ref.key})
    assert on.get("/console/api/v1/plugins/quiet/hello").status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_every_method_is_404_where_the_plugin_is_off(on, other_shop, path):
    for method in METHODS:
        for token in (None, other_shop.buyer_token, other_shop.staff_token):
            answer = other_shop.request(method, path, token=token)
            assert answer.status_code == 404, (method, token)
            assert on.ref.key not in answer.text
    assert quiet.called == []


def test_no_hook_is_called_where_the_plugin_is_off(on, other_shop):
    sells(other_shop)
    assert quiet.called == []
    sells(on)
    assert {tenant for hook, tenant in quiet.called} == {on.ref.key}


def test_switching_off_is_seen_at_once_in_the_console(on, switch, owner):
    path = "/console/api/v1/plugins/quiet/hello"
    assert on.get(path, token=on.staff_token).status_code == 200
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE platform.tenant_plugin SET state = 'off'")
    assert on.get(path, token=on.staff_token).status_code == 404


def test_closing_plugin_keeps_its_routes_and_makes_no_offers(on, switch):
    switch(on, "quiet", "closing")
    assert on.get("/store/api/v1/plugins/quiet/hello").status_code == 200
    quiet.called.clear()
    sells(on)
    assert "load_for_cart" not in {hook for hook, _ in quiet.called}
    assert "claim_for_order" not in {hook for hook, _ in quiet.called}


def test_paths_of_unknown_plugins_are_404(on):
    for path in ("/store/api/v1/plugins/nobody/x", "/console/api/v1/plugins/nobody/x", "/store/api/v1/plugins//x"):
        assert on.get(path, token=on.staff_token).status_code in {404, 308}
