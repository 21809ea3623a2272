"""Operators' login: password, second factor, lock-out, sessions that end."""

from __future__ import annotations

import pyotp
import pytest

from core.clock import now, travel
from core.errors import Unauthenticated
from core.operator import accounts, log, service
from core.operator.errors import (
    LoginLocked,
    LoginTaken,
    OperatorInvalid,
    OperatorNotFound,
    OperatorSessionExpired,
    WrongCode,
    WrongLogin,
)
from core.services import services
from tests.core.operator.conftest import PASSWORD, Staffed, platform_rows

HOUR = 3600


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(now())


def enrolled(operator: Staffed) -> str:
    secret = accounts.enrol(operator.facts).secret
    accounts.confirm(operator.facts, code_of(secret))
    return secret


def test_right_password_opens_a_session(operator):
    done = operator.log_in()
    facts = service.find_session(done.token)
    assert (done.needs_code, facts.login, facts.name, facts.totp) == (False, operator.login, "林支持", False)


def test_wrong_password_and_unknown_login_look_alike(operator):
    with pytest.raises(WrongLogin) as wrong:
        operator.log_in("not the password")
    with pytest.raises(WrongLogin) as unknown:
        service.login("nobody-here", PASSWORD)
    assert (wrong.value.code, wrong.value.message) == (unknown.value.code, unknown.value.message)


def test_unknown_login_takes_as_long_as_a_wrong_password(context, monkeypatch):
    accounts.create("slow", "某人", PASSWORD)
    compared = []
    genuine = service.check_password_hash
    monkeypatch.setattr(service, "check_password_hash", lambda *args: compared.append(args[0]) or genuine(*args))
    for name in ("slow", "nobody-here"):
        with pytest.raises(WrongLogin):
            service.login(name, "not the password")
    assert [stored.rpartition("$")[0].rpartition("$")[0] for stored in compared] == ["scrypt:32768:8:1"] * 2


def test_fifth_failure_locks_for_fifteen_minutes(operator):
    for _ in range(5):
        with pytest.raises(WrongLogin):
            operator.log_in("not the password")
    with pytest.raises(LoginLocked):
        operator.log_in()
    with travel(14 * 60), pytest.raises(LoginLocked):
        operator.log_in()
    with travel(15 * 60 + 1):
        assert operator.log_in().needs_code is False


def test_right_password_forgets_failures(operator):
    for _ in range(4):
        with pytest.raises(WrongLogin):
            operator.log_in("not the password")
    operator.log_in()
    with pytest.raises(WrongLogin):
        operator.log_in("not the password")
    assert operator.log_in().needs_code is False


def test_half_login_is_no_session(operator):
    enrolled(operator)
    half = operator.log_in()
    assert half.needs_code is True
    with pytest.raises(Unauthenticated):
        service.find_session(half.token)


def test_code_completes_the_login_with_a_new_token(operator):
    secret = enrolled(operator)
    with travel(60):
        half = operator.log_in()
        done = service.complete_login(half.token, code_of(secret))
        assert service.find_session(done.token).totp is True
        assert done.token != half.token
        with pytest.raises(Unauthenticated):
            service.find_session(half.token)
        with pytest.raises(OperatorSessionExpired):
            service.complete_login(half.token, code_of(secret))


def test_code_works_once(operator):
    secret = enrolled(operator)
    with travel(60):
        code = code_of(secret)
        service.complete_login(operator.log_in().token, code)
        with pytest.raises(WrongLogin):
            service.complete_login(operator.log_in().token, code)


def test_right_passwords_do_not_undo_wrong_codes(operator):
    enrolled(operator)
    for _ in range(5):
        half = operator.log_in()
        with pytest.raises(WrongLogin):
            service.complete_login(half.token, "000000x")
    with pytest.raises(LoginLocked):
        operator.log_in()


def test_half_login_ends_after_five_minutes(operator):
    secret = enrolled(operator)
    half = operator.log_in()
    with travel(5 * 60 + 1), pytest.raises(OperatorSessionExpired):
        service.complete_login(half.token, code_of(secret))


def test_enrolment_with_a_wrong_code_stays_off(operator):
    accounts.enrol(operator.facts)
    with pytest.raises(WrongCode):
        accounts.confirm(operator.facts, "000000x")
    assert operator.log_in().needs_code is False


def test_enrolling_again_while_it_is_on_is_refused(operator):
    enrolled(operator)
    with pytest.raises(OperatorNotFound):
        accounts.enrol(operator.facts)


def test_secret_is_sealed_for_its_operator(operator, new_operator):
    secret, other = enrolled(operator), new_operator()
    [(sealed,)] = platform_rows("SELECT totp_secret FROM platform.operator WHERE id = :id", id=operator.facts.id)
    assert secret.encode() not in bytes(sealed)
    assert services().vault.open(sealed, service.totp_place(operator.facts.id)) == secret
    platform_rows(
        "UPDATE platform.operator SET totp_secret = :sealed, totp_confirmed = true WHERE id = :id",
        sealed=sealed, id=other.facts.id,
    )
    with pytest.raises(WrongLogin), travel(60):
        service.complete_login(other.log_in().token, code_of(secret))


def test_idle_session_ends_after_two_hours(operator):
    with travel(1.9 * HOUR):
        service.find_session(operator.token)
    with travel(3.8 * HOUR):
        service.find_session(operator.token)
    with travel(5.9 * HOUR), pytest.raises(OperatorSessionExpired):
        service.find_session(operator.token)


def test_busy_session_ends_after_twelve_hours(operator):
    for hours in range(1, 12):
        with travel(hours * HOUR):
            service.find_session(operator.token)
    with travel(12 * HOUR), pytest.raises(OperatorSessionExpired):
        service.find_session(operator.token)


def test_logout_ends_this_session_only(operator):
    other = operator.log_in()
    service.logout(operator.facts)
    with pytest.raises(OperatorSessionExpired):
        service.find_session(operator.token)
    assert service.find_session(other.token).login == operator.login


def test_new_password_ends_sessions_and_unlocks(operator):
    for _ in range(5):
        with pytest.raises(WrongLogin):
            operator.log_in("not the password")
    accounts.set_password(operator.login, "another long password")
    with pytest.raises(OperatorSessionExpired):
        service.find_session(operator.token)
    assert operator.log_in("another long password").needs_code is False


def test_disabled_account_can_do_nothing(operator):
    accounts.disable(operator.login)
    with pytest.raises(OperatorSessionExpired):
        service.find_session(operator.token)
    with pytest.raises(WrongLogin):
        operator.log_in()
    accounts.enable(operator.login)
    assert operator.log_in().needs_code is False


def test_lost_second_factor_is_removed(operator):
    enrolled(operator)
    accounts.remove_totp(operator.login)
    assert operator.log_in().needs_code is False


@pytest.mark.parametrize(
    ("login", "name", "password", "field"),
    [
        ("Bad Login", "某人", PASSWORD, "login"),
        ("fine", " ", PASSWORD, "name"),
        ("fine", "某人", "too short", "password"),
    ],
)
def test_account_with_bad_input_is_refused(context, login, name, password, field):
    with pytest.raises(OperatorInvalid) as found:
        accounts.create(login, name, password)
    assert found.value.field == field


def test_login_names_are_unique(operator):
    with pytest.raises(LoginTaken):
        accounts.create(operator.login, "另一人", PASSWORD)


def test_password_of_an_unknown_login(context):
    with pytest.raises(OperatorNotFound):
        accounts.set_password("nobody-here", PASSWORD)


def test_log_holds_logins_and_no_secret(operator):
    enrolled(operator)
    lines = [line for line in log.entries(limit=100) if line["operator_id"] == operator.facts.id]
    assert [line["action"] for line in lines] == ["operator.totp", "operator.login"]
    assert PASSWORD not in str([dict(line) for line in log.entries(limit=100)])
