"""The console's view of plugins: who may, what it shows, how it refuses."""

from __future__ import annotations

from tests.core.console_http.acting import API, staff_token
from tests.core.switches.conftest import Switches

PLUGINS = f"{API}/plugins"


def get(shop, path: str = "", **kwargs):
    return shop.get(f"{PLUGINS}{path}", **{"token": shop.staff_token} | kwargs)


def post(shop, path: str, **json):
    return shop.post(f"{PLUGINS}{path}", token=shop.staff_token, json=json)


def test_list_shows_installed_plugins_by_name(shop):
    rows = get(shop).json["items"]
    assert [row["name"] for row in rows] == ["asking", "broken", "dummy", "moody", "needy", "rival", "sly", "stale"]
    assert rows[2] == {
        "name": "dummy", "title": "记事", "summary": "每笔订单记一笔", "version": "1.2.0",
        "origin": "tests.core.switches.dummy:plugin", "state": "off", "switch": "off", "since": None,
        "enabled_version": None, "in_plan": True, "requires": [], "conflicts": [], "has_settings": True,
        "has_tables": False, "behind": False, "reasons": [],
    }


def test_owner_switches_on_and_off_and_it_is_written_down(shop, switches: Switches):
    assert post(shop, "/dummy/enable").json["state"] == "on"
    assert get(shop, "/dummy").json["state"] == "on"
    assert post(shop, "/dummy/disable").json["state"] == "off"
    entries = shop.get(f"{API}/audit", token=shop.staff_token).json["items"]
    assert [(entry["action"], entry["target"], entry["actor_name"]) for entry in entries] == [
        ("plugins.disable", "plugin:dummy", "店长"), ("plugins.enable", "plugin:dummy", "店长"),
    ]


def test_refusal_says_why(shop):
    for path, status, code in (
        ("/broken/enable", 409, "plugin_enable_failed"),
        ("/needy/enable", 409, "plugin_requires"),
        ("/stale/enable", 409, "plugin_unfit"),
        ("/asking/enable", 409, "plugin_settings_needed"),
        ("/nothing/enable", 404, "plugin_not_found"),
        ("/nothing/disable", 404, "plugin_not_found"),
        ("/core/disable", 404, "plugin_not_found"),
    ):
        answer = post(shop, path)
        assert (answer.status_code, answer.json["code"]) == (status, code)


def test_failed_enable_tells_place_and_reason_and_is_listed(shop):
    answer = post(shop, "/broken/enable").json
    assert (answer["place"], answer["reason"]) == ("migration", 'UndefinedColumn: column "colour" does not exist')
    (failure,) = get(shop, "/broken/failures").json["items"]
    assert (failure["place"], failure["count"], "trace" in failure) == ("migration", 1, False)


def test_settings_are_a_form_and_secrets_stay_inside(shop):
    form = get(shop, "/dummy/settings").json
    assert [field["name"] for field in form["fields"]] == ["greeting", "floor", "rate", "mood", "api_key"]
    assert form["values"] == {"greeting": "您好", "floor": 100, "rate": "1.00", "mood": "good"}
    assert (form["secrets_set"], form["errors"]) == ({"api_key": False}, [])
    change = {"values": {"floor": 5, "api_key": "s3cret"}}
    saved = shop.put(f"{PLUGINS}/dummy/settings", token=shop.staff_token, json=change)
    assert (saved.json["values"]["floor"], saved.json["secrets_set"]) == (5, {"api_key": True})
    assert "s3cret" not in saved.text
    assert "s3cret" not in get(shop, "/dummy/settings").text


def test_bad_setting_is_named(shop):
    answer = shop.put(f"{PLUGINS}/dummy/settings", token=shop.staff_token, json={"values": {"floor": "five"}})
    assert (answer.status_code, answer.json["code"], answer.json["field"]) == (422, "plugin_settings_invalid", "floor")


def test_purge_wants_the_name_once_more(shop):
    post(shop, "/dummy/enable")
    assert post(shop, "/dummy/purge", name="dummy").json["code"] == "plugin_not_off"
    post(shop, "/dummy/disable")
    assert post(shop, "/dummy/purge", name="dumy").json["code"] == "plugin_name_mismatch"
    assert post(shop, "/dummy/purge", name="dummy").json == {"tables": ["alembic_version_dummy", "dummy_note"]}


def test_others_than_the_owner_see_nothing(shop):
    tokens = [staff_token(shop, role) for role in ("manager", "clerk")]
    for method, path in (("GET", ""), ("GET", "/dummy"), ("POST", "/dummy/enable"), ("POST", "/dummy/disable"),
                         ("GET", "/dummy/settings"), ("PUT", "/dummy/settings"), ("POST", "/dummy/purge"),
                         ("GET", "/dummy/failures")):
        for token in tokens:
            answer = shop.request(method, f"{PLUGINS}{path}", token=token, json=None if method == "GET" else {})
            assert (answer.status_code, answer.json["code"]) == (403, "permission_missing")


def test_owner_of_one_store_switches_nothing(shop):
    token = staff_token(shop, "owner", stores=(shop.store_id,))
    answer = shop.post(f"{PLUGINS}/dummy/enable", token=token)
    assert (answer.status_code, answer.json["code"]) == (403, "other_store")
