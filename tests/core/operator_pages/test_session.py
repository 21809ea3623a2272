"""Operators log in by form; their login opens no shop, no shop's login opens theirs."""

from __future__ import annotations

from urllib.parse import urlencode

import pyotp
import pytest

from core import totp
from core.clock import now
from core.operator import accounts
from core.operator.pages.auth import HALF, OPERATOR
from tests.core.operator.conftest import PASSWORD
from tests.core.operator_pages.platform import Guest, Platform

PAGES = (
    "", "tenants", "tenants/1", "tenants/1/enter", "plans", "plans/new", "health", "jobs", "operators", "account", "log"
)  # fmt: skip


@pytest.fixture
def stranger(app) -> Platform:
    return Platform(app)


def login_for(path: str) -> str:
    return f"/platform/login?{urlencode({'next': path})}"


def test_login_leads_to_the_page_that_was_wanted(stranger, operator):
    sent = stranger.open("/platform/plans")
    assert (sent.status_code, sent.location) == (303, login_for("/platform/plans"))
    answer = stranger.post(sent.location, {"login": operator.login, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/platform/plans")
    assert "林支持" in stranger.get("/platform/plans")


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_login_leads_nowhere_else(stranger, operator, place):
    answer = stranger.post(f"/platform/login?next={place}", {"login": operator.login, "password": PASSWORD})
    assert answer.location == "/platform/"


def test_wrong_password_keeps_the_login_and_not_the_password(stranger, operator):
    answer = stranger.post("/platform/login", {"login": operator.login, "password": "not the password"})
    assert answer.status_code == 200
    assert f'value="{operator.login}"' in answer.text
    assert "not the password" not in answer.text
    assert "账号、密码或动态验证码不正确" in answer.text


def test_locked_account_says_until_when(stranger, operator):
    for _ in range(5):
        stranger.post("/platform/login", {"login": operator.login, "password": "not the password"})
    answer = stranger.post("/platform/login", {"login": operator.login, "password": PASSWORD})
    assert "错误次数过多，请在" in answer.text


def test_second_factor_is_asked_and_the_half_login_opens_nothing(stranger, operator):
    begun = accounts.enrol(operator.facts)
    step = int(now().timestamp()) // totp.STEP_SECONDS
    codes = pyotp.TOTP(begun.secret)
    accounts.confirm(operator.facts, codes.generate_otp(step - 1))
    answer = stranger.post("/platform/login?next=/platform/log", {"login": operator.login, "password": PASSWORD})
    assert answer.location in {"/platform/login/code?next=/platform/log", "/platform/login/code?next=%2Fplatform%2Flog"}
    half = stranger.client.get_cookie(f"jishi-{HALF}", domain="localhost").value
    assert stranger.open("/platform/").status_code == 303
    assert Platform(stranger.app, half).open("/platform/").status_code == 303
    wrong = stranger.post(answer.location, {"code": "000000"})
    assert (wrong.status_code, "账号、密码或动态验证码不正确" in wrong.text) == (200, True)
    right = stranger.post(answer.location, {"code": codes.generate_otp(step)})
    assert (right.status_code, right.location) == (303, "/platform/log")
    assert "只凭密码就能登录" not in stranger.get("/platform/log")


def test_logout_ends_the_session(platform, operator):
    platform.post("/platform/logout", page="/platform/")
    assert Platform(platform.app, operator.token).open("/platform/").location == login_for("/platform/")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_needs_an_operator(stranger, page):
    answer = stranger.open(f"/platform/{page}")
    assert (answer.status_code, answer.location) == (303, login_for(f"/platform/{page}"))


@pytest.mark.parametrize("page", ["", "login", "tenants", "health"])
def test_platform_is_not_on_a_shops_host(app, operator, shop, page):
    there = Platform(app, operator.token, f"{shop.ref.slug}.localhost")
    assert there.open(f"/platform/{page}").status_code == 404


def test_staff_do_not_reach_the_platform(app, shop):
    for cookie in (f"jishi-{OPERATOR}", "jishi-st"):
        there = Platform(app)
        there.client.set_cookie(cookie, shop.staff_token, domain="localhost")
        assert there.open("/platform/tenants").status_code == 303


def test_operators_do_not_reach_the_console(shop, operator):
    for cookie in ("jishi-st", "jishi-sp", f"jishi-{OPERATOR}"):
        guest = Guest(shop)
        guest.client.set_cookie(cookie, operator.token, domain=guest.host)
        assert guest.open("/console/orders").status_code == 303


def test_form_without_its_secret_is_refused(platform):
    answer = platform.open("/platform/plans/new", "POST", data={"code": "x", "name": "小店"})
    assert answer.status_code == 403


def test_language_is_changed_where_there_is_no_shop(stranger):
    answer = stranger.open("/platform/language?to=en&next=/signup")
    assert (answer.status_code, answer.location) == (303, "/signup")
    assert '<html class="no-script" lang="en">' in stranger.get("/signup")
    assert stranger.open("/platform/language?to=en&next=//evil.example").location == "/"
