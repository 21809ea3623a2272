"""One's own account by the pages: password, two-factor, recovery codes once, sessions; support has none."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.db import db
from core.operator import accounts, support
from core.operator.domain import OperatorFacts
from tenants.provision import new_key
from tests.core.console_http.acting import actions, one, staff_token
from tests.core.console_pages.acting import TO_LOGIN, bind_app, errors, log_in, problem
from tests.core.console_pages.visitor import Visitor

ACCOUNT = "/console/account"
TWO_FACTOR = f"{ACCOUNT}/two-factor"


def enter(shop) -> Visitor:
    """Somebody of the platform inside the shop."""
    login = f"o{new_key()[:8]}"
    with shop.app.app_context():
        accounts.create(login, "周平台", "a long password here")
        who = next(row["id"] for row in accounts.everybody() if row["login"] == login)
        ticket = support.enter(OperatorFacts(who, login, "周平台", False, 0), shop.ref.id, "商户来电查问题")
    with shop.bound():
        token = support.redeem(ticket.ticket).token
    visitor = Visitor(shop)
    visitor.client.set_cookie("jishi-sp", token, domain=visitor.host)
    return visitor


def test_own_name_is_changed(shop, visitor):
    assert visitor.post(f"{ACCOUNT}/name", {"name": "王店主"}).location == ACCOUNT
    assert "王店主" in visitor.get(ACCOUNT)
    assert len(visitor.statements) <= 15
    assert actions(shop) == ["staff.name"]


def test_password_is_changed_and_the_others_are_logged_out(shop, visitor):
    other = Visitor(shop)
    log_in(other)
    path = f"{ACCOUNT}/password"
    unlike = visitor.post(path, {"old": "correct horse", "password": "new secret 1", "again": "new secret 2"})
    assert errors(unlike.text) == ["两次输入的密码不一样"]
    wrong = visitor.post(path, {"old": "wrong horse", "password": "new secret 1", "again": "new secret 1"})
    assert errors(wrong.text) == ["原密码不正确"]
    assert "new secret 1" not in wrong.text
    done = visitor.post(path, {"old": "correct horse", "password": "new secret 1", "again": "new secret 1"})
    assert done.location == ACCOUNT
    assert (visitor.open(ACCOUNT).status_code, other.open(ACCOUNT).location) == (200, TO_LOGIN)
    assert log_in(Visitor(shop), password="new secret 1").status_code == 303


def test_recovery_codes_are_shown_once_and_never_again(shop, visitor):
    app, page = bind_app(visitor)
    codes = [part.partition("<")[0] for part in page.split("<li><code>")[1:]]
    assert len(codes) == 10
    shown = visitor.post(f"{TWO_FACTOR}/renew", {"code": app.code()}).location
    fresh = visitor.get(shown)
    codes += [part.partition("<")[0] for part in fresh.split("<li><code>")[1:]]
    assert len(set(codes)) == 20
    for path in (shown, TWO_FACTOR, ACCOUNT, f"{TWO_FACTOR}/recovery-codes", f"{TWO_FACTOR}/off", "/console/audit"):
        later = visitor.get(path)
        assert [code for code in codes if code in later] == [], path
    assert "恢复码只显示一次" in visitor.get(shown)


def test_codes_of_one_are_not_shown_to_another(shop, visitor):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    visitor.post(f"{TWO_FACTOR}/start", page=TWO_FACTOR)
    app, _page = bind_app(clerk)
    place = clerk.post(f"{TWO_FACTOR}/renew", {"code": app.code()}).location
    assert "恢复码只显示一次" in visitor.get(place)
    assert "<li><code>" in clerk.get(place)


def test_secret_is_shown_until_the_first_code_only(shop, visitor):
    visitor.post(f"{TWO_FACTOR}/start", page=TWO_FACTOR)
    drawn = visitor.get(TWO_FACTOR)
    secret = drawn.partition('data-copy="')[2].partition('"')[0]
    assert " ".join(secret[at:at + 4] for at in range(0, len(secret), 4)) in drawn
    assert "<svg" in drawn
    wrong = visitor.post(TWO_FACTOR, {"code": "000000"})
    assert errors(wrong.text) == ["验证码不正确或已使用过"]
    assert secret in wrong.text
    other = Visitor(shop, staff_token(shop, "clerk"))
    assert secret not in other.get(TWO_FACTOR)


def test_two_factor_is_turned_off_with_password_and_code(shop, visitor):
    app, _page = bind_app(visitor)
    wrong = visitor.post(f"{TWO_FACTOR}/off", {"password": "wrong horse", "code": "123456"})
    assert errors(wrong.text) == ["密码不正确"]
    assert visitor.post(f"{TWO_FACTOR}/off", {"password": "correct horse", "code": app.code()}).location == TWO_FACTOR
    assert "给账号加一把锁" in visitor.get(TWO_FACTOR)
    assert one(shop, "SELECT totp_secret, totp_since FROM staff WHERE id = :id", id=shop.staff_id) == (None, None)


def test_guessing_codes_locks_the_account(shop, visitor):
    bind_app(visitor)
    for _attempt in range(5):
        visitor.post(f"{TWO_FACTOR}/renew", {"code": "000000"})
    page = visitor.post(f"{TWO_FACTOR}/renew", {"code": "000000"}).text
    assert problem(page).startswith("输错次数过多，账号已锁定。请在 ")


def test_one_session_and_all_others_are_ended(shop, visitor):
    others = [Visitor(shop) for _ in range(3)]
    for other in others:
        log_in(other)
    page = visitor.get(ACCOUNT)
    assert page.count("本机") == 1
    session = one(shop, "SELECT max(id) FROM staff_session")
    visitor.post(f"{ACCOUNT}/sessions/{session}/end", page=ACCOUNT)
    assert [other.open(ACCOUNT).status_code for other in others] == [200, 200, 303]
    visitor.post(f"{ACCOUNT}/sessions/end-others", page=ACCOUNT)
    assert [other.open(ACCOUNT).status_code for other in others] == [303, 303, 303]
    assert visitor.toasts() == ["已退出其他 2 处登录"]


def test_session_of_another_person_is_unknown(shop, visitor):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    session = one(shop, "SELECT max(id) FROM staff_session")
    assert visitor.post(f"{ACCOUNT}/sessions/{session}/end", page=ACCOUNT).status_code == 404
    assert clerk.open(ACCOUNT).status_code == 200


def test_support_sees_pages_under_a_bar_until_it_leaves(shop):
    visitor = enter(shop)
    page = visitor.get("/console/audit")
    assert "平台支持模式" in page
    assert "周平台 · 商户来电查问题 · 到 " in page
    assert "/console/account" not in page
    assert visitor.post("/console/logout", page="/console/audit").location == "/console/login"
    assert actions(shop) == ["support.enter", "support.leave"]
    assert visitor.open("/console/audit").status_code == 303


def test_support_ended_by_the_platform_is_out_at_once(shop):
    visitor = enter(shop)
    with shop.app.app_context(), db.engines["platform"].begin() as connection:
        ended = text("UPDATE platform.support_entry SET ended_at = now() WHERE tenant_id = :id")
        connection.execute(ended, {"id": shop.ref.id})
    assert visitor.open("/console/audit").status_code == 303


@pytest.mark.parametrize(
    "path", [ACCOUNT, f"{ACCOUNT}/name", f"{ACCOUNT}/password", TWO_FACTOR, "/console/staff", "/console/apikeys"]
)
def test_support_has_no_account_and_no_keys(shop, path):
    assert enter(shop).open(path).status_code == 403


def test_support_token_is_no_key_to_the_api(shop):
    visitor = enter(shop)
    token = visitor.client.get_cookie("jishi-sp", domain=visitor.host).value
    assert shop.get("/console/api/v1/session", token=token).json["code"] == "bad_token"
