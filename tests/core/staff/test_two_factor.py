"""Logging in with a second factor: each code opens once, guessing locks, nothing is replayed."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.staff import twofactor
from core.staff.domain import LOCK_TIME, MAX_FAILED_LOGINS, PENDING_LIFE
from tests.core.console_http.acting import actions, one, staff_token
from tests.core.shops import PASSWORD
from tests.core.staff.acting import API, SESSION, TWO_FACTOR, App, at_once, bind_app, complete, login, pending


def test_enrolment_shows_secret_and_counts_after_the_first_code(shop):
    shown = shop.post(TWO_FACTOR, token=shop.staff_token)
    assert (shown.status_code, shown.json["qr_svg"][:5]) == (201, "<svg ")
    assert f"secret={shown.json['secret']}" in shown.json["uri"]
    assert login(shop).status_code == 200
    state = shop.get(TWO_FACTOR, token=shop.staff_token).json
    assert state == {"enabled": False, "since": None, "enrolling": True, "codes_left": 0}
    app = App(shown.json["secret"])
    confirmed = shop.put(TWO_FACTOR, token=shop.staff_token, json={"code": app.code()})
    assert (confirmed.status_code, len(confirmed.json["recovery_codes"])) == (200, 10)
    state = shop.get(TWO_FACTOR, token=shop.staff_token).json
    assert (state["enabled"], state["enrolling"], state["codes_left"]) == (True, False, 10)
    assert actions(shop) == ["staff.two_factor.enrol", "staff.login", "staff.two_factor.on"]


def test_wrong_first_code_leaves_it_off(shop):
    shop.post(TWO_FACTOR, token=shop.staff_token)
    answer = shop.put(TWO_FACTOR, token=shop.staff_token, json={"code": "000000"})
    assert (answer.status_code, answer.json["code"], answer.json["field"]) == (422, "wrong_code", "code")
    assert login(shop).status_code == 200


def test_secret_and_codes_are_not_stored_readable(shop):
    secret = shop.post(TWO_FACTOR, token=shop.staff_token).json["secret"]
    codes = shop.put(TWO_FACTOR, token=shop.staff_token, json={"code": App(secret).code()}).json["recovery_codes"]
    kept = one(shop, "SELECT totp_secret FROM staff")
    assert secret.encode() not in bytes(kept)
    prints = one(shop, "SELECT array_agg(code_hash) FROM staff_recovery_code")
    assert all(code.encode() not in bytes(kept) for code in codes for kept in prints)
    assert secret not in one(shop, "SELECT string_agg(detail::text, '') FROM audit_log")


def test_second_enrolment_is_refused_while_on(shop):
    bind_app(shop)
    answer = shop.post(TWO_FACTOR, token=shop.staff_token)
    assert (answer.status_code, answer.json["code"]) == (409, "two_factor_on")
    again = shop.put(TWO_FACTOR, token=shop.staff_token, json={"code": "000000"})
    assert (again.status_code, again.json["code"]) == (409, "enrolment_missing")


def test_right_password_gets_no_session_but_a_pending_login(shop):
    app, _ = bind_app(shop)
    answer = login(shop)
    assert (answer.status_code, answer.json["code"], "token" in answer.json) == (401, "second_factor_required", False)
    assert shop.get(SESSION, token=answer.json["pending"]).status_code == 401
    session = complete(shop, answer.json["pending"], app.code())
    assert session.status_code == 200
    assert shop.get(SESSION, token=session.json["token"]).json["name"] == "店长"


def test_wrong_password_tells_nothing_about_the_second_factor(shop):
    bind_app(shop)
    assert login(shop, "wrong").json["code"] == "wrong_credentials"


def test_code_is_good_for_one_login(shop):
    app, _ = bind_app(shop)
    assert complete(shop, pending(shop), app.code()).status_code == 200
    again = complete(shop, pending(shop), app.same_code())
    assert (again.status_code, again.json["code"]) == (401, "wrong_code")


def test_code_that_confirmed_the_app_is_used_up(shop):
    app, _ = bind_app(shop)
    assert complete(shop, pending(shop), app.same_code()).json["code"] == "wrong_code"


def test_same_code_at_once_opens_one_session(shop):
    app, _ = bind_app(shop)
    one_pending, other = pending(shop), pending(shop)
    code = app.code()
    assert at_once(lambda: complete(shop, one_pending, code), lambda: complete(shop, other, code)) == [200, 401]


def test_same_recovery_code_at_once_opens_one_session(shop):
    _, codes = bind_app(shop)
    tokens = [pending(shop) for _ in range(2)]
    assert at_once(*(lambda token=token: complete(shop, token, codes[0]) for token in tokens)) == [200, 401]
    assert shop.get(TWO_FACTOR, token=shop.staff_token).json["codes_left"] == 9


def test_same_pending_login_at_once_opens_one_session_and_spends_one_code(shop):
    _, codes = bind_app(shop)
    token = pending(shop)
    assert at_once(*(lambda code=code: complete(shop, token, code) for code in codes[:2])) == [200, 401]
    assert shop.get(TWO_FACTOR, token=shop.staff_token).json["codes_left"] == 9


def test_recovery_code_works_once_and_is_noted(shop):
    _, codes = bind_app(shop)
    assert complete(shop, pending(shop), codes[3].upper().replace("-", " ")).status_code == 200
    assert complete(shop, pending(shop), codes[3]).json["code"] == "wrong_code"
    assert complete(shop, pending(shop), codes[4]).status_code == 200
    assert one(shop, "SELECT count(*), min(actor) FROM audit_log WHERE action = 'staff.two_factor.recovery'") == (2, "staff")


def test_pending_login_can_not_be_replayed(shop):
    app, codes = bind_app(shop)
    token = pending(shop)
    assert complete(shop, token, app.code()).status_code == 200
    again = complete(shop, token, codes[0])
    assert (again.status_code, again.json["code"]) == (401, "pending_login_gone")
    assert shop.get(TWO_FACTOR, token=shop.staff_token).json["codes_left"] == 10


def test_wrong_code_leaves_the_pending_login_open(shop):
    app, _ = bind_app(shop)
    token = pending(shop)
    assert complete(shop, token, "000000").status_code == 401
    assert complete(shop, token, app.code()).status_code == 200


def test_pending_login_ends_by_time(shop):
    app, _ = bind_app(shop)
    token = pending(shop)
    with travel(PENDING_LIFE.total_seconds() + 1):
        assert complete(shop, token, app.code()).json["code"] == "pending_login_gone"


def test_pending_login_dies_with_the_password(shop):
    app, _ = bind_app(shop)
    token = pending(shop)
    shop.put(f"{SESSION}/password", token=shop.staff_token, json={"old": PASSWORD, "new": "a new password"})
    assert complete(shop, token, app.code()).json["code"] == "pending_login_gone"


def test_pending_login_dies_with_the_account(shop):
    app, _ = bind_app(shop)
    token = pending(shop)
    with shop.bound():
        db.session.execute(text("UPDATE staff SET active = false"))
        db.session.commit()
    assert complete(shop, token, app.code()).json["code"] == "pending_login_gone"


def test_pending_login_of_another_shop_is_refused(shop, other_shop):
    bind_app(shop)
    app, codes = bind_app(other_shop)
    foreign = pending(other_shop)
    for code in (app.code(), codes[0]):
        assert complete(shop, foreign, code).json["code"] == "pending_login_gone"


def test_every_login_has_a_token_of_its_own(shop):
    app, codes = bind_app(shop)
    tokens = {complete(shop, pending(shop), code).json["token"] for code in (app.code(), codes[0], codes[1])}
    assert len(tokens | {shop.staff_token}) == 4


def test_wrong_codes_lock_the_account_like_wrong_passwords(shop):
    app, _ = bind_app(shop)
    token = pending(shop)
    for _ in range(MAX_FAILED_LOGINS):
        assert complete(shop, token, "000000").json["code"] == "wrong_code"
    locked = complete(shop, token, app.code())
    assert (locked.status_code, locked.json["code"]) == (429, "account_locked")
    assert login(shop).json["code"] == "account_locked"
    assert actions(shop)[-1] == "staff.locked"
    with travel(LOCK_TIME.total_seconds() + 1):
        assert complete(shop, pending(shop), app.code()).status_code == 200


def test_right_password_does_not_forget_wrong_codes(shop):
    app, _ = bind_app(shop)
    for _ in range(MAX_FAILED_LOGINS):
        assert complete(shop, pending(shop), "000000").status_code == 401
    assert login(shop).status_code == 429
    with travel(LOCK_TIME.total_seconds() + 1):
        token = pending(shop)
        assert complete(shop, token, "000000").status_code == 401
        assert complete(shop, token, app.code()).status_code == 200
        assert one(shop, "SELECT failed_logins FROM staff") == 0


def test_turning_off_needs_password_and_code(shop):
    app, codes = bind_app(shop)

    def off(password: str, code: str):
        return shop.post(f"{TWO_FACTOR}/off", token=shop.staff_token, json={"password": password, "code": code})

    assert off("wrong", codes[0]).json["field"] == "password"
    assert off(PASSWORD, "000000").json["field"] == "code"
    assert login(shop).status_code == 401
    assert off(PASSWORD, app.code()).status_code == 204
    assert login(shop).status_code == 200
    assert one(shop, "SELECT count(*) FROM staff_recovery_code") == 0
    assert off(PASSWORD, "000000").json["code"] == "two_factor_off"


def test_guessing_while_turning_off_locks(shop):
    bind_app(shop)
    wrong = {"password": "wrong", "code": "000000"}
    answers = [shop.post(f"{TWO_FACTOR}/off", token=shop.staff_token, json=wrong).status_code for _ in range(6)]
    assert answers == [422] * MAX_FAILED_LOGINS + [429]


def test_renewed_recovery_codes_replace_the_old_ones(shop):
    app, old = bind_app(shop)
    path = f"{TWO_FACTOR}/recovery-codes"
    assert shop.post(path, token=shop.staff_token, json={"code": "000000"}).status_code == 422
    new = shop.post(path, token=shop.staff_token, json={"code": app.code()}).json["recovery_codes"]
    assert set(new).isdisjoint(old)
    assert complete(shop, pending(shop), old[0]).status_code == 401
    assert complete(shop, pending(shop), new[0]).status_code == 200


def test_owner_resets_the_second_factor_of_somebody_else(shop):
    token = staff_token(shop, "clerk")
    bind_app(shop, token)
    clerk = shop.get(SESSION, token=token).json
    path = f"{API}/staff/{clerk['id']}/two-factor"
    assert login(shop, phone=clerk["phone"]).json["code"] == "second_factor_required"
    assert shop.delete(path, token=token).json["code"] == "permission_missing"
    assert shop.delete(path, token=shop.staff_token).status_code == 204
    assert login(shop, phone=clerk["phone"]).status_code == 200
    assert shop.delete(path, token=shop.staff_token).json["code"] == "two_factor_off"
    assert actions(shop)[-2:] == ["staff.two_factor.reset", "staff.login"]


@pytest.mark.parametrize(
    "body", [{}, {"pending": "x"}, {"pending": "", "code": "1"}, {"pending": "x" * 65, "code": "1"}, []]
)
def test_bad_second_step_is_refused(shop, body):
    assert shop.post(f"{SESSION}/second-factor", json=body).status_code == 422


def test_unknown_pending_login_is_gone(shop):
    assert complete(shop, "never issued", "123456").json["code"] == "pending_login_gone"


def test_page_that_is_drawn_again_shows_the_same_secret(shop):
    secret = shop.post(TWO_FACTOR, token=shop.staff_token).json["secret"]
    with shop.bound():
        assert twofactor.enrolment(shop.staff_id).secret == secret
