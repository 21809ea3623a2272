"""Logging in by the form: lock-out, the second factor, a session that nobody planted, no way to another site."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.clock import now, shop_time
from core.db import db
from core.staff.domain import IDLE_LIFE
from tests.core.console_http.acting import actions, one, staff_token
from tests.core.console_pages.acting import TO_LOGIN, bind_app, errors, log_in, problem
from tests.core.console_pages.visitor import Visitor


def token_of(visitor: Visitor) -> str:
    return visitor.client.get_cookie("jishi-st", domain=visitor.host).value


def change(shop, statement: str, **values) -> None:
    with shop.bound():
        db.session.execute(text(statement), values)
        db.session.commit()


def test_login_leads_on_and_leaves_a_line(shop):
    visitor = Visitor(shop)
    answer = log_in(visitor, after="?next=/console/account")
    assert (answer.status_code, answer.location) == (303, "/console/account")
    assert "19900000000" in visitor.get("/console/account")
    assert actions(shop) == ["staff.login"]


def test_wrong_password_keeps_the_phone_and_never_the_password(shop):
    page = log_in(Visitor(shop), password="wrong horse").text
    assert problem(page) == "手机号或密码不正确"
    assert 'value="19900000000"' in page
    assert "wrong horse" not in page


def test_fifth_wrong_password_locks_and_the_form_says_until_when(shop):
    visitor = Visitor(shop)
    for _attempt in range(5):
        assert log_in(visitor, password="wrong horse").status_code == 200
    until = one(shop, "SELECT locked_until FROM staff WHERE id = :id", id=shop.staff_id)
    page = log_in(visitor).text
    assert problem(page) == f"输错次数过多，账号已锁定。请在 {shop_time(until):%H:%M} 之后再试，或请店主为您解锁。"
    assert actions(shop) == ["staff.locked"]


def test_second_factor_is_asked_and_the_code_works_once(shop):
    app, _page = bind_app(Visitor(shop, shop.staff_token))
    visitor = Visitor(shop)
    asked = log_in(visitor, after="?next=/console/account")
    assert (asked.status_code, asked.location) == (303, "/console/login/code?next=/console/account")
    assert visitor.client.get_cookie("jishi-st", domain=visitor.host) is None
    assert visitor.open("/console/account").location == TO_LOGIN
    wrong = visitor.post(asked.location, {"code": "000000"})
    assert errors(wrong.text) == ["验证码不正确或已使用过"]
    done = visitor.post(asked.location, {"code": app.code()})
    assert (done.status_code, done.location) == (303, "/console/account")
    assert "账号与安全" in visitor.get("/console/account")
    other = Visitor(shop)
    again = log_in(other)
    replayed = other.post(again.location, {"code": app.same_code()})
    assert (replayed.status_code, errors(replayed.text)) == (200, ["验证码不正确或已使用过"])


def test_recovery_code_stands_in_once(shop):
    _app, page = bind_app(Visitor(shop, shop.staff_token))
    code = page.partition("<li><code>")[2].partition("<")[0]
    for expected in (303, 200):
        visitor = Visitor(shop)
        assert visitor.post(log_in(visitor).location, {"code": code}).status_code == expected


def test_code_page_without_a_password_before_it_is_the_login(shop):
    assert Visitor(shop).open("/console/login/code").location == "/console/login"


def test_pending_login_that_took_too_long_begins_anew(shop):
    bind_app(Visitor(shop, shop.staff_token))
    visitor = Visitor(shop)
    place = log_in(visitor).location
    change(shop, "UPDATE staff_pending_login SET expires_at = :past", past=now() - timedelta(seconds=1))
    answer = visitor.post(place, {"code": "123456"})
    assert (answer.status_code, answer.location) == (303, "/console/login")
    assert "登录已超时，请重新输入密码" in visitor.get("/console/login")


def test_planted_session_is_not_the_one_that_is_logged_in(shop):
    planted = staff_token(shop, "clerk", "小偷")
    visitor = Visitor(shop, planted)
    drawn = visitor.get("/console/login")
    log_in(visitor)
    assert token_of(visitor) != planted
    assert "19900000000" in visitor.get("/console/account")
    thief = Visitor(shop, planted)
    assert "小偷" in thief.get("/console/account")
    assert "19900000000" not in drawn


def test_form_drawn_before_the_login_is_refused_after_it(shop):
    visitor = Visitor(shop)
    stale = visitor.get("/console/login").partition('name="csrf" value="')[2].partition('"')[0]
    log_in(visitor)
    assert visitor.open("/console/logout", "POST", data={"csrf": stale}).status_code == 403


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\t//evil.example"]
)
def test_login_never_leads_to_another_site(shop, place):
    visitor = Visitor(shop)
    data = {"phone": "19900000000", "password": "correct horse"}
    answer = visitor.post("/console/login", data, query_string={"next": place})
    assert answer.location == "/console/"


def test_ended_session_is_logged_out_at_once(shop):
    visitor = Visitor(shop)
    log_in(visitor)
    assert visitor.open("/console/account").status_code == 200
    change(shop, "UPDATE staff_session SET revoked_at = now() WHERE token_hash <> ''")
    assert visitor.open("/console/account").location == TO_LOGIN


def test_session_that_nobody_used_for_long_is_over_for_browsers_only(shop):
    change(shop, "UPDATE staff_session SET seen_at = :then", then=now() - IDLE_LIFE)
    assert Visitor(shop, shop.staff_token).open("/console/account").status_code == 303
    assert shop.get("/console/api/v1/session", token=shop.staff_token).status_code == 200


def test_logout_ends_the_session(shop, visitor):
    assert visitor.post("/console/logout", page="/console/account").location == "/console/login"
    assert Visitor(shop, shop.staff_token).open("/console/account").status_code == 303
