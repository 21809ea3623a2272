"""Stores, settings and the merchant account at the console."""

import pytest

from core.payments import profiles
from core.services import unseal
from core.settings.service import shop_settings
from tests.core.console_http.acting import API, actions, another_store, one, staff_token
from tests.core.payments.conftest import profile_data

STORE = {
    "code": "XT09",
    "name": "桥东店",
    "district_code": "130502001",
    "address": "新华南路 1 号",
    "phone": "0319-0000009",
    "longitude": "114.510000",
    "latitude": 37.07,
    "opens_at": "08:00",
    "closes_at": "21:00",
    "zones": [
        {"max_distance_m": 3000, "min_amount_fen": 2000, "fee_fen": 500, "free_from_fen": 5000},
        {"max_distance_m": 1000, "fee_fen": 300},
    ],
}
WITHOUT_CODE = {name: value for name, value in STORE.items() if name != "code"}


def call(shop, method, path, body=None, token=None):
    return shop.request(method, f"{API}{path}", token=token or shop.staff_token, json=body)


def test_store_is_opened_read_and_changed_with_its_zones(shop):
    made = call(shop, "POST", "/stores", STORE)
    assert made.status_code == 201, made.json
    assert {name: made.json[name] for name in ("code", "latitude", "opens_at", "slot_minutes", "active")} == {
        "code": "XT09", "latitude": "37.070000", "opens_at": "08:00", "slot_minutes": 60, "active": True,
    }  # fmt: skip
    assert made.json["zones"] == [
        {"max_distance_m": 1000, "min_amount_fen": 0, "fee_fen": 300, "free_from_fen": None},
        {"max_distance_m": 3000, "min_amount_fen": 2000, "fee_fen": 500, "free_from_fen": 5000},
    ]
    path = f"/stores/{made.json['id']}"
    assert call(shop, "GET", path).json == made.json
    changed = WITHOUT_CODE | {"name": "桥东新店", "slot_capacity": 5, "zones": [{"max_distance_m": 1000, "fee_fen": 400}]}
    answer = call(shop, "PUT", path, changed)
    assert (answer.status_code, answer.json["name"], answer.json["code"]) == (200, "桥东新店", "XT09")
    assert answer.json["zones"] == [{"max_distance_m": 1000, "min_amount_fen": 0, "fee_fen": 400, "free_from_fen": None}]
    assert [store["code"] for store in call(shop, "GET", "/stores").json["items"]] == ["XT01", "XT09"]
    assert call(shop, "DELETE", path).status_code == 204
    assert actions(shop) == ["stores.create", "stores.change", "stores.remove"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"code": "XT01"}, 409, "code"),
        ({"closes_at": "08:00"}, 422, "closes_at"),
        ({"opens_at": "25:00"}, 422, "opens_at"),
        ({"district_code": "999999999"}, 422, "district_code"),
        ({"longitude": "181"}, 422, "longitude"),
        ({"zones": [{"max_distance_m": 1000}, {"max_distance_m": 1000}]}, 422, "zones"),
        ({"zones": [{"max_distance_m": 0}]}, 422, "zones.0.max_distance_m"),
        ({"owner": "me"}, 422, "owner"),
    ],
)
def test_store_with_bad_input_names_the_field(shop, change, status, field):
    answer = call(shop, "POST", "/stores", STORE | change)
    assert (answer.status_code, answer.json["field"]) == (status, field)
    assert one(shop, "SELECT count(*) FROM store") == 1


def test_store_with_goods_stays_and_unknown_stores_are_unknown(shop):
    answer = call(shop, "DELETE", f"/stores/{shop.store_id}")
    assert (answer.status_code, answer.json["code"]) == (409, "store_in_use")
    for method, body in (("GET", None), ("PUT", WITHOUT_CODE), ("DELETE", None)):
        assert call(shop, method, "/stores/987654", body).json["code"] == "store_not_found"


def test_manager_of_one_store_sees_and_changes_that_one_only(shop):
    other = another_store(shop)
    manager = staff_token(shop, "manager", stores=(other,))
    assert [store["code"] for store in call(shop, "GET", "/stores", token=manager).json["items"]] == ["XT02"]
    assert call(shop, "PUT", f"/stores/{other}", WITHOUT_CODE, manager).status_code == 200
    for method, path, body in (
        ("GET", f"/stores/{shop.store_id}", None),
        ("PUT", f"/stores/{shop.store_id}", WITHOUT_CODE),
        ("POST", "/stores", STORE),
    ):
        assert call(shop, method, path, body, manager).json["code"] == "other_store"
    assert call(shop, "PUT", f"/stores/{other}", WITHOUT_CODE, staff_token(shop, "clerk")).status_code == 403


def test_settings_change_one_by_one(shop):
    before = call(shop, "GET", "/settings").json
    assert (before["pay_minutes"], before["complete_days"]) == (30, 7)
    changed = call(shop, "PATCH", "/settings", {"pay_minutes": 45})
    assert (changed.status_code, changed.json) == (200, before | {"pay_minutes": 45, "version": 1})
    with shop.bound():
        assert shop_settings()["pay_minutes"] == 45
    for body, field in (
        ({"pay_minutes": 0}, "pay_minutes"),
        ({"pay_minutes": "45"}, "pay_minutes"),
        ({"privacy_text": "\0"}, "privacy_text"),
        ({"colour": "red"}, "colour"),
    ):
        answer = call(shop, "PATCH", "/settings", body)
        assert (answer.status_code, answer.json["field"]) == (422, field)
    manager = staff_token(shop, "manager")
    assert call(shop, "PATCH", "/settings", {"pay_minutes": 1}, manager).json["permission"] == "settings.edit"
    entries = call(shop, "GET", "/audit").json["items"]
    assert [(e["action"], e["actor_name"], e["detail"]) for e in entries] == [
        ("settings.change", "店长", {"names": ["pay_minutes"]})
    ]


def test_mini_program_is_kept_and_its_secret_never_shown(shop, other_shop):
    body = {"appid": "wx00000000000000aa", "name": "集市", "secret": "s3cr3t-s3cr3t-s3cr3t"}
    body["appid"] += shop.ref.key[:6]
    assert call(shop, "PUT", "/wechat-apps", body).status_code == 204
    listed = call(shop, "GET", "/wechat-apps")
    assert [(app["appid"], app["name"]) for app in listed.json["items"]] == [(body["appid"], "集市")]
    assert "s3cr3t" not in listed.text
    taken = call(other_shop, "PUT", "/wechat-apps", body)
    assert (taken.status_code, taken.json["code"]) == (409, "appid_taken")
    assert call(other_shop, "GET", "/wechat-apps").json["items"] == []
    with shop.bound():
        sealed = one(shop, "SELECT secret FROM wechat_app")
        assert unseal(sealed, f"app/{body['appid']}") == body["secret"]


def test_merchant_account_is_kept_in_versions_without_showing_keys(shop, wechat):
    account = profile_data(wechat.provision(shop.appid))
    body = {
        **{name: account[name] for name in ("mode", "appid", "mchid", "cert_serial_no", "private_key_pem", "apiv3_key")},
        "wxpay_public_key_id": account["public_key_id"],
        "wxpay_public_key_pem": account["public_key_pem"],
    }
    assert call(shop, "GET", "/payment-profile").json["code"] == "payment_profile_not_found"
    without_keys = {name: value for name, value in body.items() if name not in {"private_key_pem", "apiv3_key"}}
    refused = call(shop, "PUT", "/payment-profile", without_keys)
    assert (refused.status_code, refused.json["field"]) == (422, "private_key_pem")
    first = call(shop, "PUT", "/payment-profile", body)
    assert (first.status_code, first.json["mchid"], first.json["version"]) == (200, account["mchid"], "1")
    assert (first.json["has_private_key"], first.json["cert_serial_no"]) == (True, account["cert_serial_no"])
    assert "PRIVATE" not in first.text and account["apiv3_key"] not in first.text
    second = call(shop, "PUT", "/payment-profile", without_keys | {"mchid": "1900000001"})
    assert (second.status_code, second.json["version"]) == (200, "2")
    assert call(shop, "GET", "/payment-profile").json == second.json
    with shop.bound():
        opened = profiles._current()[1]
        assert (opened.mchid, opened.apiv3_key) == ("1900000001", account["apiv3_key"])
    assert actions(shop) == ["payments.profile"] * 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"private_key_pem": "no key"}, "private_key_pem"),
        ({"apiv3_key": "short"}, "apiv3_key"),
        ({"mchid": None}, "mchid"),
        ({"mchid": "abc"}, "mchid"),
        ({"wxpay_public_key_id": "x"}, "wxpay_public_key_id"),
        ({"verify_mode": "cert"}, "platform_certs"),
        ({"verify_mode": "cert", "platform_certs": ["no certificate"]}, "platform_certs"),
        ({"mode": "partner"}, "sub_mchid"),
        ({"mode": "cash"}, "mode"),
    ],
)
def test_merchant_account_with_a_bad_field_names_it_and_keeps_nothing(shop, wechat, change, field):
    account = profile_data(wechat.provision(shop.appid))
    for name in ("public_key_id", "public_key_pem"):
        account[f"wxpay_{name}"] = account.pop(name)
    answer = call(shop, "PUT", "/payment-profile", account | change)
    assert (answer.status_code, answer.json["field"]) == (422, field), answer.json
    assert one(shop, "SELECT count(*) FROM payment_profile") == 0


def test_partner_mode_needs_the_platforms_keys(shop):
    body = {"mode": "partner", "appid": shop.appid, "sub_mchid": "1900000009"}
    answer = call(shop, "PUT", "/payment-profile", body)
    assert (answer.status_code, answer.json["code"]) == (409, "provider_not_configured")
    assert one(shop, "SELECT count(*) FROM payment_profile") == 0


def test_manager_may_not_touch_the_money(shop):
    manager = staff_token(shop, "manager")
    for method, path in (("GET", "/payment-profile"), ("GET", "/wechat-apps"), ("GET", "/api-keys"), ("GET", "/staff")):
        assert call(shop, method, path, token=manager).json["code"] == "permission_missing"
