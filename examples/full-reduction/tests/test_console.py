"""Campaigns and gifts at the console."""

from __future__ import annotations

import pytest
from builders import entered

RULES, GIFTS = "/plugins/fullreduction/rules", "/plugins/fullreduction/gifts"
LEVEL = {"at": 6000, "off_fen": 800}


@pytest.fixture(autouse=True)
def on(plugin_on):
    plugin_on("fullreduction")


def codes(answer):
    return answer.status_code, answer.json and answer.json["code"]


def test_campaign_is_created_read_changed_and_deleted(console):
    rule_id = console.post(RULES, json=entered(LEVEL)).json["id"]
    stored = console.get(f"{RULES}/{rule_id}").json
    assert (stored["version"], stored["levels"]) == (
        1,
        [{"at": 6000, "off_fen": 800, "percent": 100, "free_shipping": False, "gift_id": None, "gift_quantity": 1}],
    )
    changed = entered({"at": 5000, "off_fen": 500}, version=1)
    assert console.put(f"{RULES}/{rule_id}", json=changed).status_code == 204
    assert codes(console.put(f"{RULES}/{rule_id}", json=changed)) == (409, "rule_changed")
    (listed,) = console.get(RULES).json["items"]
    assert (listed["id"], listed["version"], listed["levels"][0]["at"]) == (rule_id, 2, 5000)
    assert console.delete(f"{RULES}/{rule_id}").status_code == 204
    assert codes(console.get(f"{RULES}/{rule_id}")) == (404, "not_found")


def test_campaigns_come_in_pages(console):
    ids = [console.post(RULES, json=entered(LEVEL)).json["id"] for _ in range(3)]
    first = console.get(RULES, query_string={"limit": 2}).json
    second = console.get(RULES, query_string={"limit": 2, "cursor": first["next_cursor"]}).json
    assert [[rule["id"] for rule in page["items"]] for page in (first, second)] == [ids[:2], ids[2:]]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        entered(),
        entered({"at": 6000}),
        entered({"at": 0, "off_fen": 1}),
        entered({"at": 1, "off_fen": 1, "percent": 90}),
        entered({"at": 2, "off_fen": 2}, {"at": 1, "off_fen": 1}),
        entered({"at": 1, "off_fen": 1}, {"at": 2, "off_fen": 2}, mode="every"),
        entered({"at": 1, "percent": 90}, mode="every"),
        entered(LEVEL, ends_at="2025-12-31T00:00:00Z"),
        entered(LEVEL, basis="weight"),
        entered(LEVEL, products=["x"]),
    ],
)
def test_campaign_that_makes_no_sense_is_refused(console, wrong):
    assert console.post(RULES, json=wrong).status_code == 422


def test_gift_that_does_not_exist_is_refused(console):
    assert codes(console.post(RULES, json=entered({"at": 1, "gift_id": "77"}))) == (409, "unknown_gift")


def test_gift_stock_never_goes_below_zero(console):
    gift_id = console.post(GIFTS, json={"name": "抽纸", "stock": 3}).json["id"]
    assert console.post(f"{GIFTS}/{gift_id}/stock", json={"change": -2}).status_code == 204
    assert codes(console.post(f"{GIFTS}/{gift_id}/stock", json={"change": -2})) == (409, "not_enough_gifts")
    assert codes(console.post(f"{GIFTS}/999/stock", json={"change": 1})) == (404, "not_found")
    assert [(gift["name"], gift["stock"]) for gift in console.get(GIFTS).json["items"]] == [("抽纸", 1)]


def test_clerk_may_look_and_not_touch(tenant):
    clerk = tenant.console(tenant.add_staff("clerk"))
    assert clerk.get(RULES).status_code == 200
    assert clerk.post(RULES, json=entered(LEVEL)).status_code == 403


def test_changes_stand_in_the_audit_log(console, tenant):
    rule_id = console.post(RULES, json=entered(LEVEL)).json["id"]
    assert tenant.one("SELECT target FROM audit_log WHERE action = 'fullreduction.create_rule'") == f"rule:{rule_id}"
