"""Operators look after each other's accounts, and after their own."""

from __future__ import annotations

import pytest

from core.operator import accounts, log, service
from core.operator.errors import OperatorSessionExpired, OwnAccount, WrongLogin, WrongPassword
from tests.core.operator.conftest import PASSWORD

NEW = "another long password"


def test_own_password_ends_the_other_sessions(operator):
    elsewhere = operator.log_in().token
    accounts.change_own_password(operator.facts, PASSWORD, NEW)
    assert service.find_session(operator.token).login == operator.login
    with pytest.raises(OperatorSessionExpired):
        service.find_session(elsewhere)
    with pytest.raises(WrongLogin):
        operator.log_in()
    assert operator.log_in(NEW).needs_code is False


def test_own_password_needs_the_old_one(operator):
    with pytest.raises(WrongPassword) as refused:
        accounts.change_own_password(operator.facts, "not the password", NEW)
    assert refused.value.field == "old"
    assert operator.log_in().needs_code is False


@pytest.mark.parametrize("act", [accounts.disable, accounts.enable, accounts.remove_totp])
def test_nobody_changes_the_account_under_which_they_work(operator, act):
    with pytest.raises(OwnAccount):
        act(operator.login, operator.facts)
    assert service.find_session(operator.token).login == operator.login


def test_log_says_who_changed_an_account(new_operator):
    first, second = new_operator(), new_operator()
    accounts.disable(second.login, first.facts)
    line = log.entries(limit=1)[0]
    assert (line["action"], line["operator_id"], line["detail"]) == (
        "operator.disable", first.facts.id, {"login": second.login}
    )


def test_enrolment_is_shown_again_until_it_is_confirmed(operator):
    assert accounts.enrolment(operator.facts) is None
    begun = accounts.enrol(operator.facts)
    assert accounts.enrolment(operator.facts) == begun
