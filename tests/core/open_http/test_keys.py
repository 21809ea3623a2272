"""API keys: hashed, scoped, revocable, of one tenant."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.db import db
from core.openkeys import service

STOCK = "/open/api/v1/stock"


def test_key_is_stored_as_fingerprint_only(shop, key):
    with shop.bound():
        stored = db.session.execute(text("SELECT name, hint, key_hash FROM api_key")).one()
    assert (stored.name, stored.hint) == ("收银", key[-4:])
    assert len(bytes(stored.key_hash)) == 32
    assert key.encode() not in bytes(stored.key_hash)


def test_missing_scope_is_named(shop, make_key):
    answer = shop.get(STOCK, token=make_key(shop, "orders:write"))
    assert (answer.status_code, answer.json["code"], answer.json["scope"]) == (403, "scope_missing", "stock:read")


def test_revoked_key_is_refused(shop, key):
    assert shop.get(STOCK, token=key).status_code == 200
    made = shop.get("/console/api/v1/api-keys", token=shop.staff_token).json["items"]
    assert shop.delete(f"/console/api/v1/api-keys/{made[0]['id']}", token=shop.staff_token).status_code == 204
    answer = shop.get(STOCK, token=key)
    assert (answer.status_code, answer.json["code"]) == (401, "bad_api_key")


def test_key_revoked_by_another_process_is_trusted_for_two_seconds_at_most(shop, key, monkeypatch):
    assert shop.get(STOCK, token=key).status_code == 200
    with shop.bound():
        db.session.execute(text("UPDATE api_key SET revoked_at = now()"))
        db.session.commit()
    monkeypatch.setattr(service, "CACHE_SECONDS", 0.0)
    assert shop.get(STOCK, token=key).status_code == 401


@pytest.mark.parametrize("kind", ["buyer", "staff", "forged", "malformed", "none"])
def test_other_credentials_are_refused(shop, key, kind):
    token = {
        "buyer": shop.buyer_token,
        "staff": shop.staff_token,
        "forged": key[:-4] + ("AAAA" if key[-4:] != "AAAA" else "BBBB"),
        "malformed": "jk_x",
        "none": None,
    }[kind]
    assert shop.get(STOCK, token=token).status_code == 401


def test_key_of_another_shop_is_refused_on_this_shops_host(shop, other_shop, make_key):
    answer = shop.get(STOCK, token=make_key(other_shop))
    assert (answer.status_code, answer.json["code"]) == (403, "foreign_token")


def test_key_alone_finds_its_tenant(shop, other_shop, make_key):
    answer = shop.get(STOCK, token=make_key(other_shop), headers={"Host": "localhost"})
    assert answer.status_code == 200
    with other_shop.bound():
        ids = db.session.execute(text("SELECT sku_id FROM stock ORDER BY sku_id")).scalars().all()
    assert [row["sku_id"] for row in answer.json["items"]] == [str(i) for i in ids]


def test_key_is_shown_once_and_lists_show_its_end(shop):
    made = shop.post(
        "/console/api/v1/api-keys", token=shop.staff_token, json={"name": "ERP", "scopes": ["stock:read", "stock:read"]}
    )
    assert made.status_code == 201
    key = made.json["key"]
    assert key.startswith(f"jk_{shop.ref.key}_")
    listed = shop.get("/console/api/v1/api-keys", token=shop.staff_token).json["items"]
    assert [(k["name"], k["hint"], k["scopes"], "key" in k) for k in listed] == [("ERP", key[-4:], ["stock:read"], False)]
    assert shop.get(STOCK, token=key).status_code == 200


def test_unknown_scope_is_refused(shop):
    answer = shop.post("/console/api/v1/api-keys", token=shop.staff_token, json={"name": "x", "scopes": ["all"]})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
