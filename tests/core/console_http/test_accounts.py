"""Staff accounts and the record of what staff did."""

from __future__ import annotations

import pytest

from tests.core.console_http.acting import API, another_store, staff_token

STAFF, AUDIT = f"{API}/staff", f"{API}/audit"


def person(**more) -> dict:
    return {"phone": "19900000007", "name": "小赵", "password": "long enough", "role": "clerk"} | more


def add(shop, **more):
    return shop.post(STAFF, token=shop.staff_token, json=person(**more))


def change(shop, staff_id: str, **fields):
    return shop.request("PATCH", f"{STAFF}/{staff_id}", token=shop.staff_token, json=fields)


def log_in(shop, password: str = "long enough"):
    return shop.post(f"{API}/session", json={"phone": "19900000007", "password": password})


def test_account_is_made_limited_to_a_store_and_listed(shop):
    made = add(shop, store_ids=[str(shop.store_id)])
    assert made.status_code == 201, made.text
    assert (made.json["role"], made.json["store_ids"], made.json["active"]) == ("clerk", [str(shop.store_id)], True)
    assert "password" not in made.text
    assert [p["phone"] for p in shop.get(STAFF, token=shop.staff_token).json["items"]] == ["19900000000", "19900000007"]
    token = log_in(shop).json["token"]
    assert shop.get(f"{API}/session", token=token).json["store_ids"] == [str(shop.store_id)]
    other = another_store(shop)
    assert shop.get(f"{API}/stores/{other}", token=token).json["code"] == "other_store"
    assert shop.get(f"{API}/stores/{shop.store_id}", token=token).status_code == 200


def test_changed_role_and_password_end_sessions(shop):
    staff_id = add(shop).json["id"]
    for fields in ({"role": "manager"}, {"password": "another password"}):
        token = log_in(shop).json["token"]
        assert change(shop, staff_id, **fields).status_code == 200
        assert shop.get(f"{API}/session", token=token).status_code == 401
    assert log_in(shop).status_code == 401
    assert log_in(shop, "another password").status_code == 200


def test_changed_name_keeps_the_session(shop):
    staff_id = add(shop).json["id"]
    token = log_in(shop).json["token"]
    assert change(shop, staff_id, name="老赵").json["name"] == "老赵"
    assert shop.get(f"{API}/session", token=token).json["name"] == "老赵"


def test_store_limits_are_replaced(shop):
    staff_id = add(shop, store_ids=[str(shop.store_id)]).json["id"]
    other = another_store(shop)
    assert change(shop, staff_id, store_ids=[str(other), str(other)]).json["store_ids"] == [str(other)]
    assert change(shop, staff_id, store_ids=[]).json["store_ids"] == []


def test_last_owner_stays(shop):
    (owner,) = shop.get(STAFF, token=shop.staff_token).json["items"]
    for fields in ({"active": False}, {"role": "manager"}):
        refused = change(shop, owner["id"], **fields)
        assert (refused.status_code, refused.json["code"]) == (409, "last_owner")
    assert shop.get(STAFF, token=shop.staff_token).json["items"] == [owner]


def test_taken_phone_is_refused(shop):
    answer = add(shop, phone="19900000000")
    assert (answer.status_code, answer.json["code"]) == (409, "phone_taken")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phone": "123"}, "phone"),
        ({"password": "short"}, "password"),
        ({"role": "god"}, "role"),
        ({"name": ""}, "name"),
        ({"store_ids": ["999999"]}, "store_ids"),
        ({"store_ids": [1]}, "store_ids.0"),
        ({"salary": 1}, "salary"),
    ],
)
def test_bad_account_is_refused_and_not_made(shop, fields, field):
    answer = add(shop, **fields)
    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert len(shop.get(STAFF, token=shop.staff_token).json["items"]) == 1


def test_empty_change_is_refused(shop):
    assert change(shop, add(shop).json["id"]).status_code == 422


def test_unknown_account_is_unknown(shop):
    assert change(shop, "999999", name="x").json["code"] == "staff_not_found"
    assert shop.get(f"{STAFF}/999999", token=shop.staff_token).status_code == 404


@pytest.mark.parametrize("role", ["manager", "clerk"])
def test_only_owners_manage_accounts_and_keys(shop, role):
    token = staff_token(shop, role)
    for method, path, body in (
        ("GET", STAFF, None),
        ("POST", STAFF, person()),
        ("GET", f"{API}/api-keys", None),
        ("POST", f"{API}/api-keys", {"name": "x", "scopes": ["stock:read"]}),
    ):
        answer = shop.request(method, path, token=token, json=body)
        assert (answer.status_code, answer.json["code"]) == (403, "permission_missing")


def test_owner_of_one_store_makes_no_accounts(shop):
    token = staff_token(shop, "owner", stores=(shop.store_id,))
    answer = shop.post(STAFF, token=token, json=person())
    assert (answer.status_code, answer.json["code"]) == (403, "other_store")


def test_writes_leave_a_line_without_secrets(shop):
    staff_id = add(shop).json["id"]
    key = shop.post(f"{API}/api-keys", token=shop.staff_token, json={"name": "ERP", "scopes": ["stock:read"]}).json
    change(shop, staff_id, password="another password")
    entries = shop.get(AUDIT, token=shop.staff_token).json
    assert [(e["action"], e["target"], e["actor_name"]) for e in entries["items"]] == [
        ("staff.change", f"staff:{staff_id}", "店长"),
        ("apikeys.create", f"api_key:{key['id']}", "店长"),
        ("staff.create", f"staff:{staff_id}", "店长"),
    ]
    assert entries["items"][0]["detail"] == {"names": ["password"]}
    told = shop.get(AUDIT, token=shop.staff_token).text
    assert "another password" not in told
    assert key["key"] not in told


def test_refused_write_leaves_no_line(shop):
    add(shop, phone="19900000000")
    assert shop.get(AUDIT, token=shop.staff_token).json["items"] == []


def test_audit_is_paged_and_filtered(shop):
    for number in range(3):
        add(shop, phone=f"1990000010{number}")
    first = shop.get(f"{AUDIT}?limit=2", token=shop.staff_token).json
    rest = shop.get(f"{AUDIT}?limit=2&cursor={first['next_cursor']}", token=shop.staff_token).json
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    assert shop.get(f"{AUDIT}?action=stores.create", token=shop.staff_token).json["items"] == []


def test_account_tells_second_factor_lock_and_last_use(shop):
    staff_id = add(shop).json["id"]
    fresh = shop.get(f"{STAFF}/{staff_id}", token=shop.staff_token).json
    assert (fresh["two_factor"], fresh["locked_until"], fresh["seen_at"]) == (False, None, None)
    log_in(shop)
    for _ in range(5):
        log_in(shop, "a wrong one")
    told = shop.get(f"{STAFF}/{staff_id}", token=shop.staff_token).json
    assert (told["locked_until"] is None, told["seen_at"] is None) == (False, False)


def test_new_password_from_the_owner_opens_a_locked_account(shop):
    staff_id = add(shop).json["id"]
    for _ in range(5):
        log_in(shop, "a wrong one")
    assert log_in(shop).status_code == 429
    change(shop, staff_id, password="another password")
    assert log_in(shop, "another password").status_code == 200
