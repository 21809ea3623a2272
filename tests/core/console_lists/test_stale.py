"""Two people edit the same thing: the second one is told who was faster, when, and what stands there now."""

from __future__ import annotations

import pytest

from core.clock import shop_time
from core.db import db
from core.editing import stale
from core.editing.errors import StaleEdit
from tests.core.console_http.acting import API, another_store, one, staff_token

STORE_FIELDS = (
    "name", "district_code", "address", "phone", "longitude", "latitude", "opens_at", "closes_at", "pickup", "delivery",
    "prepare_minutes", "slot_minutes", "slot_capacity", "active", "zones", "version",
)  # fmt: skip


def store_form(shop, store_id):
    seen = shop.get(f"{API}/stores/{store_id}", token=shop.staff_token).json
    return {name: seen[name] for name in STORE_FIELDS}


def save(shop, path, body, token=None, method="PUT"):
    return shop.request(method, f"{API}{path}", token=token or shop.staff_token, json=body)


def clock(shop, target):
    at = one(shop, "SELECT at FROM audit_log WHERE target = :target ORDER BY id DESC LIMIT 1", target=target)
    return f"{shop_time(at):%H:%M}"


def test_store_tells_who_was_faster_and_what_stands_there(shop):
    form = store_form(shop, shop.store_id)
    manager = staff_token(shop, "manager", name="小李")
    first = save(shop, f"/stores/{shop.store_id}", {**form, "name": "先到店"}, token=manager)
    assert (first.status_code, first.json["version"]) == (200, form["version"] + 1)
    late = save(shop, f"/stores/{shop.store_id}", {**form, "name": "后到店"})
    assert (late.status_code, late.json["code"], late.json["field"]) == (409, "stale_edit", "version")
    at = clock(shop, f"store:{shop.store_id}")
    assert late.json["detail"] == f"刚刚被 小李 在 {at} 修改，请核对后再保存"
    assert (late.json["edited_by"], late.json["current"]["name"]) == ("小李", "先到店")
    again = save(shop, f"/stores/{shop.store_id}", {**form, "name": "后到店", "version": late.json["current"]["version"]})
    assert (again.status_code, again.json["name"]) == (200, "后到店")


def test_store_without_a_version_is_saved_as_ever(shop):
    form = store_form(shop, shop.store_id)
    del form["version"]
    assert save(shop, f"/stores/{shop.store_id}", {**form, "name": "一"}).status_code == 200
    assert save(shop, f"/stores/{shop.store_id}", {**form, "name": "二"}).json["name"] == "二"


def test_store_of_somebody_else_is_403_before_anything_is_told(shop):
    second = another_store(shop)
    manager = staff_token(shop, "manager", stores=(second,))
    answer = save(shop, f"/stores/{shop.store_id}", store_form(shop, shop.store_id), token=manager)
    assert (answer.status_code, answer.json["code"]) == (403, "other_store")


def test_category_of_an_old_version_is_refused(shop):
    made = shop.post(f"{API}/categories", token=shop.staff_token, json={"name": "饮料"}).json["id"]
    body = {"name": "饮品", "version": 1}
    assert save(shop, f"/categories/{made}", body).status_code == 204
    late = save(shop, f"/categories/{made}", {"name": "水", "version": 1})
    assert (late.status_code, late.json["code"], late.json["current"]["name"]) == (409, "stale_edit", "饮品")
    assert late.json["current"]["version"] == 2
    assert save(shop, f"/categories/{made}", {"name": "水"}).status_code == 204


def test_settings_have_one_version_for_all(shop):
    seen = shop.get(f"{API}/settings", token=shop.staff_token).json
    assert seen["version"] == 0
    change = save(shop, "/settings", {"pay_minutes": 45, "version": 0}, method="PATCH")
    assert (change.status_code, change.json["version"], change.json["pay_minutes"]) == (200, 1, 45)
    late = save(shop, "/settings", {"pay_minutes": 60, "version": 0}, method="PATCH")
    assert (late.status_code, late.json["current"]["pay_minutes"], late.json["current"]["version"]) == (409, 45, 1)
    assert late.json["detail"].startswith("刚刚被 店长 在 ")
    assert save(shop, "/settings", {"pay_minutes": 60, "version": 1}, method="PATCH").json["version"] == 2
    assert save(shop, "/settings", {"pay_minutes": 61, "version": 9}, method="PATCH").status_code == 409
    assert save(shop, "/settings", {"pay_minutes": 30}, method="PATCH").json["version"] == 3


def test_home_arrangement_of_an_old_version_is_refused(shop):
    grid = {"items": [{"kind": "jishi.product-grid", "settings": {"title": "今日", "limit": 4}}]}
    kinds = shop.get(f"{API}/home/kinds", token=shop.staff_token).json["items"]
    grid["items"][0]["kind"] = next(kind["kind"] for kind in kinds if kind["kind"].endswith("product-grid"))
    assert shop.get(f"{API}/home", token=shop.staff_token).json == {"items": [], "version": 0}
    assert save(shop, "/home", {**grid, "version": 0}).json["version"] == 1
    late = save(shop, "/home", {"items": [], "version": 0})
    assert (late.status_code, late.json["current"]["version"], len(late.json["current"]["items"])) == (409, 1, 1)


def test_claim_of_two_at_once_lets_one_through(shop):
    with shop.bound():
        assert stale.claim("thing", 0, dict) == 1
        db.session.commit()
        with pytest.raises(StaleEdit) as refused:
            stale.claim("thing", 0, lambda: {"a": 1})
        assert refused.value.extra["current"] == {"a": 1, "version": 1}
        assert refused.value.message == "刚刚被其他人修改，请核对后再保存"
        assert stale.claim("thing", None, dict) == 2


def test_versions_of_shops_are_apart(shop, other_shop):
    save(shop, "/settings", {"pay_minutes": 45, "version": 0}, method="PATCH")
    assert other_shop.get(f"{API}/settings", token=other_shop.staff_token).json["version"] == 0
