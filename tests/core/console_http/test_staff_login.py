"""Staff log in with phone and password; guessing gets nobody in and tells nobody anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import thread_time

import pytest
from sqlalchemy import event, text

from core.clock import travel
from core.db import db
from core.staff.domain import LOCK_TIME, MAX_FAILED_LOGINS, SESSION_LIFE
from core.staff.service import hash_password, seed_owner
from core.web.tokens import issue
from tests.core.console_http.acting import API, staff_token
from tests.core.shops import PASSWORD

SESSION = f"{API}/session"
PHONE = "19900000000"


def login(shop, password: str = PASSWORD, phone: str = PHONE):
    return shop.post(SESSION, json={"phone": phone, "password": password})


def test_right_password_opens_a_session(shop):
    token = login(shop).json["token"]
    assert token.startswith(f"st_{shop.ref.key}_")
    me = shop.get(SESSION, token=token).json
    assert (me["name"], me["role"], me["phone"], me["store_ids"]) == ("店长", "owner", PHONE, None)
    assert "staff.edit" in me["permissions"]


@pytest.mark.parametrize(("phone", "password"), [(PHONE, "wrong"), ("19999999999", PASSWORD), ("nobody", "wrong")])
def test_wrong_credentials_are_told_apart_by_nobody(shop, phone, password):
    answer = login(shop, password, phone)
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (
        401,
        "wrong_credentials",
        "手机号或密码不正确",
    )


def test_unknown_phone_costs_as_much_as_a_wrong_password(shop):
    with shop.bound():
        db.session.execute(text("UPDATE staff SET password_hash = :hash"), {"hash": hash_password("something")})
        db.session.commit()

    def cost(phone: str) -> float:
        started = thread_time()
        login(shop, "wrong", phone)
        return thread_time() - started

    known = median(cost(PHONE) for _ in range(3))
    unknown = median(cost("19999999999") for _ in range(3))
    assert 0.5 < unknown / known < 2


def test_five_failures_lock_the_account_even_for_the_right_password(shop):
    for _ in range(MAX_FAILED_LOGINS):
        assert login(shop, "wrong").status_code == 401
    locked = login(shop)
    assert (locked.status_code, locked.json["code"]) == (429, "account_locked")
    with travel(LOCK_TIME.total_seconds() + 1):
        assert login(shop, "wrong").status_code == 401
        assert login(shop).status_code == 200


def test_success_forgets_earlier_failures(shop):
    for _ in range(2):
        for _ in range(MAX_FAILED_LOGINS - 1):
            login(shop, "wrong")
        assert login(shop).status_code == 200


def test_guesses_at_once_are_all_counted(shop):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: login(shop, "wrong").status_code, range(8)))
    assert set(answers) <= {401, 429}
    assert login(shop).status_code == 429


def test_switched_off_account_can_not_log_in(shop):
    with shop.bound():
        db.session.execute(text("UPDATE staff SET active = false"))
        db.session.commit()
    assert login(shop).json["code"] == "wrong_credentials"
    assert shop.get(SESSION, token=shop.staff_token).json["code"] == "session_expired"


def test_session_ends_by_logout_and_by_time(shop):
    one, two = login(shop).json["token"], login(shop).json["token"]
    assert shop.delete(SESSION, token=one).status_code == 204
    assert shop.get(SESSION, token=one).json["code"] == "session_expired"
    with travel(SESSION_LIFE.total_seconds() + 1):
        assert shop.get(SESSION, token=two).json["code"] == "session_expired"


def test_staff_is_authenticated_with_one_statement(shop):
    seen: list[str] = []
    with shop.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert shop.get(SESSION, token=shop.staff_token).status_code == 200
    assert len(seen) == 1


@pytest.mark.parametrize("kind", ["none", "malformed", "forged", "buyer", "foreign"])
def test_bad_tokens_are_refused(shop, other_shop, kind):
    token = {
        "none": None,
        "malformed": "st_x",
        "forged": issue("st", shop.ref.key),
        "buyer": shop.buyer_token,
        "foreign": other_shop.staff_token,
    }[kind]
    assert shop.get(SESSION, token=token).status_code in {401, 403}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"phone": PHONE},
        {"phone": PHONE, "password": ""},
        {"phone": PHONE, "password": "x" * 129},
        {"phone": 1, "password": "x"},
        {"phone": "a\x00", "password": "x"},
        {"phone": PHONE, "password": "x", "otp": "1"},
        [],
    ],
)
def test_bad_input_is_refused(shop, body):
    answer = shop.post(SESSION, json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def test_password_is_changed_and_other_sessions_end(shop):
    here, there = login(shop).json["token"], login(shop).json["token"]
    wrong = shop.put(f"{SESSION}/password", token=here, json={"old": "wrong one", "new": "a new password"})
    assert (wrong.status_code, wrong.json["field"]) == (422, "old")
    changed = shop.put(f"{SESSION}/password", token=here, json={"old": PASSWORD, "new": "a new password"})
    assert changed.status_code == 204
    assert shop.get(SESSION, token=here).status_code == 200
    assert shop.get(SESSION, token=there).status_code == 401
    assert login(shop).status_code == 401
    assert login(shop, "a new password").status_code == 200


def test_seeded_owner_can_log_in_and_is_made_once(shop):
    with shop.bound():
        for password in ("first password", "second password"):
            seed_owner(shop.ref, {"phone": "19900000009", "password_hash": hash_password(password)})
    assert login(shop, "first password", "19900000009").status_code == 200
    assert login(shop, "second password", "19900000009").status_code == 401


def test_roles_have_their_permissions(shop):
    for role, allowed in (("clerk", {"orders.pickup"}), ("manager", {"orders.pickup", "orders.adjust"})):
        permissions = set(shop.get(SESSION, token=staff_token(shop, role)).json["permissions"])
        assert permissions & {"orders.pickup", "orders.adjust", "staff.edit"} == allowed


def test_guessing_the_old_password_locks_the_account(shop):
    here = login(shop).json["token"]
    guess = {"old": "a guess", "new": "a new password"}
    answers = [shop.put(f"{SESSION}/password", token=here, json=guess).status_code for _ in range(MAX_FAILED_LOGINS + 1)]
    assert answers == [422] * MAX_FAILED_LOGINS + [429]
    assert login(shop).json["code"] == "account_locked"


def test_every_login_has_a_token_of_its_own(shop):
    assert len({login(shop).json["token"] for _ in range(3)} | {shop.staff_token}) == 4
