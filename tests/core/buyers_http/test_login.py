"""Login by code, consent before anything is stored, sessions that end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from core.buyers.domain import SESSION_LIFE
from core.clock import now, travel
from core.db import db
from core.web.tokens import issue
from tests.core.buyers_http.conftest import connect

LOGIN = "/store/api/v1/login"
PROFILE = "/store/api/v1/profile"
PERSONAL = ("buyer", "buyer_identity", "buyer_session", "consent")


def counts(shop) -> dict[str, int]:
    with shop.bound():
        return {t: db.session.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in PERSONAL}


def test_first_login_without_consent_stores_nothing(shop, login):
    before = counts(shop)
    answer = login("张三", consent_version=None)
    assert (answer.status_code, answer.json["code"]) == (403, "consent_required")
    assert answer.json["version"] == "2026-01"
    assert answer.json["text"].startswith("我们只为完成您的订单")
    assert counts(shop) == before


def test_consent_to_an_old_version_is_none(shop, login):
    before = counts(shop)
    assert login("张三", consent_version="2020-01").json["code"] == "consent_required"
    assert counts(shop) == before


def test_login_with_consent_makes_a_buyer(shop, login):
    before = counts(shop)
    answer = login("张三")
    assert answer.status_code == 200
    assert answer.json["created"] is True
    assert answer.json["token"].startswith(f"bt_{shop.ref.key}_")
    assert counts(shop) == {table: number + 1 for table, number in before.items()}
    consents = shop.get("/store/api/v1/consents", token=answer.json["token"]).json["items"]
    assert [(c["document"], c["version"], c["withdrawn_at"]) for c in consents] == [("privacy", "2026-01", None)]


def test_returning_buyer_needs_no_consent_again(shop, login):
    first = login("张三").json
    again = login("张三", consent_version=None)
    assert (again.status_code, again.json["created"]) == (200, False)
    assert again.json["buyer_id"] == first["buyer_id"]
    assert again.json["token"] != first["token"]


def test_changed_terms_are_asked_for_again(shop, login):
    first = login("张三").json
    changed = shop.request(
        "PATCH", "/console/api/v1/settings", token=shop.staff_token, json={"privacy_version": "2026-02"}
    )
    assert changed.status_code == 200
    assert login("张三", consent_version=None).json["code"] == "consent_required"
    assert login("张三", consent_version="2026-01").json["code"] == "consent_required"
    assert login("张三", consent_version="2026-02").json["buyer_id"] == first["buyer_id"]


def test_withdrawn_consent_ends_sessions_and_is_asked_for_again(shop, login):
    token = login("张三").json["token"]
    assert shop.delete("/store/api/v1/consents", token=token).status_code == 204
    assert shop.get(PROFILE, token=token).json["code"] == "session_expired"
    assert login("张三", consent_version=None).json["code"] == "consent_required"
    token = login("张三").json["token"]
    consents = shop.get("/store/api/v1/consents", token=token).json["items"]
    assert [c["withdrawn_at"] is None for c in consents] == [False, True]


def test_code_used_twice_is_refused(shop, sim, appid):
    body = {"code": sim.login(appid, "张三")["code"], "consent_version": "2026-01"}
    assert shop.post(LOGIN, json=body).status_code == 200
    again = shop.post(LOGIN, json=body)
    assert (again.status_code, again.json["code"]) == (400, "wechat_code_invalid")


def test_blocked_user_is_refused(shop, sim, appid):
    told = sim.login(appid, "李四")
    sim.post("wallet/user", {"appid": appid, "openid": told["openid"], "blocked": True})
    answer = shop.post(LOGIN, json={"code": told["code"], "consent_version": "2026-01"})
    assert (answer.status_code, answer.json["code"]) == (403, "wechat_user_blocked")


def test_busy_wechat_stores_nothing(shop, sim, login, appid):
    before = counts(shop)
    sim.fault("-1", {"appid": appid, "path": "jscode2session"}, times=1)
    assert login("王五").status_code == 503
    assert counts(shop) == before


def test_shop_is_found_by_appid_alone(shop, sim, appid):
    body = {"code": sim.login(appid, "张三")["code"], "appid": appid, "consent_version": "2026-01"}
    answer = shop.post(LOGIN, json=body, headers={"Host": "localhost"})
    assert answer.status_code == 200
    assert answer.json["token"].startswith(f"bt_{shop.ref.key}_")


def test_foreign_appid_is_unknown(shop, other_shop, sim, appid):
    foreign = connect(other_shop, sim)["appid"]
    answer = shop.post(LOGIN, json={"code": sim.login(foreign, "张三")["code"], "appid": foreign})
    assert (answer.status_code, answer.json["code"]) == (404, "unknown_app")


def test_two_first_logins_at_once_make_one_buyer(shop, sim, appid):
    codes = [sim.login(appid, "赵六")["code"] for _ in range(4)]
    bodies = [{"code": code, "consent_version": "2026-01"} for code in codes]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda body: shop.post(LOGIN, json=body), bodies))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json["buyer_id"] for answer in answers}) == 1
    assert sorted(answer.json["created"] for answer in answers) == [False, False, False, True]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"code": ""}, 422),
        ({"code": 7}, 422),
        ({"code": "x" * 129}, 422),
        ({"code": "a\x00b"}, 422),
        ({"code": "ok", "vip": True}, 422),
        ({"code": "ok", "appid": {"a": 1}}, 422),
        ([], 422),
    ],
)
def test_bad_login_is_refused(shop, appid, body, status):
    assert shop.post(LOGIN, json=body).status_code == status


@pytest.mark.parametrize("data", [b"{", b'{"code": "\xff"}', b'{"code": NaN}'])
def test_malformed_json_is_refused(shop, appid, data):
    answer = shop.post(LOGIN, data=data, content_type="application/json")
    assert answer.status_code in {400, 422}
    assert answer.content_type == "application/problem+json"


def test_shopper_is_authenticated_with_one_statement(shop):
    seen: list[str] = []
    with shop.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert shop.get(PROFILE, token=shop.buyer_token).status_code == 200
    assert len(seen) == 2


def test_session_ends_after_thirty_days_without_use(shop, login):
    token = login("张三").json["token"]
    with travel(SESSION_LIFE.total_seconds() - 60):
        assert shop.get(PROFILE, token=token).status_code == 200
    with travel(SESSION_LIFE.total_seconds() * 2 - 120):
        assert shop.get(PROFILE, token=token).status_code == 200
    with travel(SESSION_LIFE.total_seconds() * 3):
        answer = shop.get(PROFILE, token=token)
        assert (answer.status_code, answer.json["code"]) == (401, "session_expired")


def test_session_slides_at_most_once_a_day(shop, login):
    token = login("张三").json["token"]
    ends = "SELECT max(expires_at) FROM buyer_session WHERE device <> 'test'"
    with shop.bound():
        first = db.session.execute(text(ends)).scalar_one()
    with travel(3600):
        shop.get(PROFILE, token=token)
    with shop.bound():
        assert db.session.execute(text(ends)).scalar_one() == first
    with travel(timedelta(days=2).total_seconds()):
        shop.get(PROFILE, token=token)
        with shop.bound():
            assert db.session.execute(text(ends)).scalar_one() > now() + SESSION_LIFE - timedelta(minutes=1)


def test_sessions_are_listed_and_ended_one_by_one(shop, login):
    old, new = login("张三").json["token"], login("张三").json["token"]
    listed = shop.get("/store/api/v1/sessions", token=new).json["items"]
    assert [s["current"] for s in listed] == [True, False]
    assert shop.delete(f"/store/api/v1/sessions/{listed[1]['id']}", token=new).status_code == 204
    assert shop.get(PROFILE, token=old).status_code == 401
    assert shop.get(PROFILE, token=new).status_code == 200
    assert shop.delete(f"/store/api/v1/sessions/{listed[1]['id']}", token=new).json["code"] == "session_not_found"


def test_session_of_somebody_else_is_unknown(shop, login):
    mine, theirs = login("张三").json["token"], login("李四").json["token"]
    foreign = shop.get("/store/api/v1/sessions", token=theirs).json["items"][0]["id"]
    assert shop.delete(f"/store/api/v1/sessions/{foreign}", token=mine).status_code == 404
    assert shop.get(PROFILE, token=theirs).status_code == 200


def test_logout_everywhere_ends_all(shop, login):
    tokens = [login("张三").json["token"] for _ in range(3)]
    assert shop.delete("/store/api/v1/sessions", token=tokens[0]).status_code == 204
    assert [shop.get(PROFILE, token=token).status_code for token in tokens] == [401, 401, 401]


def test_logout_ends_this_session(shop, login):
    token = login("张三").json["token"]
    assert shop.post("/store/api/v1/logout", token=token).status_code == 204
    assert shop.get(PROFILE, token=token).json["code"] == "session_expired"


@pytest.mark.parametrize("token", ["", "bt_x", "Basic abc", "st", "forged", "foreign"])
def test_bad_tokens_are_refused(shop, other_shop, token):
    made = {"st": shop.staff_token, "forged": issue("bt", shop.ref.key), "foreign": other_shop.buyer_token}
    assert shop.get(PROFILE, token=made.get(token, token)).status_code in {401, 403}


def test_token_is_stored_as_fingerprint_only(shop, login):
    token = login("张三").json["token"]
    with shop.bound():
        hashes = [bytes(h) for h in db.session.execute(text("SELECT token_hash FROM buyer_session")).scalars()]
    assert all(len(h) == 32 and token.encode() not in h for h in hashes)
