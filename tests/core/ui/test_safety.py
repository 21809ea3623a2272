"""What keeps a page safe: forged forms, planted sessions, links that lead away, forms sent twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.ui.errors import safe_path
from core.web.tokens import STAFF
from tests.core.console_pages.visitor import Visitor
from tests.core.shops import PASSWORD

LOGIN = {"phone": "", "password": PASSWORD}


@pytest.fixture
def visitor(shop) -> Visitor:
    return Visitor(shop, shop.staff_token)


@pytest.fixture
def stranger(shop) -> Visitor:
    return Visitor(shop)


def phone_of_owner(shop) -> str:
    return shop.get("/console/api/v1/session", token=shop.staff_token).json["phone"]


def log_in(stranger: Visitor, path: str = "/console/login"):
    return stranger.post(path, {"phone": phone_of_owner(stranger.shop), "password": PASSWORD})


def test_page_needs_a_login_and_leads_back(stranger: Visitor):
    answer = stranger.open("/console/components?a=1")
    assert (answer.status_code, answer.location) == (303, "/console/login?next=%2Fconsole%2Fcomponents%3Fa%3D1")
    answer = log_in(stranger, answer.location)
    assert (answer.status_code, answer.location) == (303, "/console/components?a=1")
    assert "<h1>组件</h1>" in stranger.get("/console/components")


def test_login_makes_a_new_session_and_a_new_secret(stranger: Visitor):
    stranger.client.set_cookie(f"jishi-{STAFF}", "planted", domain=stranger.host)
    stranger.get("/console/login")
    before = stranger.client.get_cookie("jishi-csrf", domain=stranger.host).value
    answer = log_in(stranger)
    cookies = answer.headers.getlist("Set-Cookie")
    token = next(line for line in cookies if line.startswith(f"jishi-{STAFF}="))
    assert "planted" not in token
    assert re.search(r"; HttpOnly; Path=/; SameSite=Lax$", token)
    assert stranger.client.get_cookie("jishi-csrf", domain=stranger.host).value != before


def test_wrong_password_keeps_the_phone_and_says_so(stranger: Visitor):
    answer = stranger.post("/console/login", {"phone": "19900000000", "password": "wrong horse"})
    assert answer.status_code == 200
    assert 'value="19900000000"' in answer.text
    assert "wrong horse" not in answer.text
    assert "手机号或密码不正确" in answer.text


@pytest.mark.parametrize("extra", [{}, {"csrf": "x.y"}, {"csrf": ""}])
def test_form_without_our_number_is_refused(visitor: Visitor, extra):
    visitor.get("/console/components")
    answer = visitor.open("/console/components", "POST", data={"name": "a", **extra})
    assert answer.status_code == 403
    assert "页面已过期" in answer.text


def test_form_of_another_site_is_refused_even_with_our_number(visitor: Visitor):
    page = visitor.get("/console/components")
    number = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    answer = visitor.open(
        "/console/components", "POST", data={"csrf": number}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_number_of_another_browser_is_refused(visitor: Visitor, shop):
    number = re.search(r'name="csrf" value="([^"]+)"', Visitor(shop, shop.staff_token).get("/console/components"))[1]
    visitor.get("/console/components")
    assert visitor.open("/console/components", "POST", data={"csrf": number}).status_code == 403


def test_cookie_is_no_key_to_the_api_and_a_bearer_none_to_pages(visitor: Visitor, shop):
    assert visitor.open("/console/api/v1/session").status_code == 401
    bearer = {"Authorization": f"Bearer {shop.staff_token}"}
    assert Visitor(shop).open("/console/components", headers=bearer).status_code == 303


def test_session_of_another_shop_is_no_login_here(shop, other_shop):
    assert Visitor(shop, other_shop.staff_token).open("/console/components").status_code == 303


@pytest.mark.parametrize(
    ("path", "led_to"),
    [
        ("/console/orders?a=1", "/console/orders?a=1"),
        ("//evil.example", "/home"),
        ("/\\evil.example", "/home"),
        ("https://evil.example", "/home"),
        ("/console\r\nSet-Cookie: a=b", "/home"),
        ("javascript:alert(1)", "/home"),
        ("", "/home"),
        (None, "/home"),
    ],
)
def test_nobody_is_led_elsewhere(path, led_to):
    assert safe_path(path, "/home") == led_to


def test_login_leads_nowhere_else(stranger: Visitor):
    assert log_in(stranger, "/console/login?next=//evil.example/").location == "/console/"
    assert stranger.open("/console/language?to=en&next=https://evil.example").location == "/console/"


def test_every_page_forbids_what_it_does_not_need(visitor: Visitor):
    headers = visitor.open("/console/components").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert (headers["X-Frame-Options"], headers["Cache-Control"]) == ("DENY", "no-store")


def test_form_sent_twice_counts_once(visitor: Visitor):
    page = visitor.get("/console/components")
    hidden = dict(re.findall(r'<input type="hidden" name="(csrf|once)" value="([^"]*)">', page.split('id="form"')[1]))
    form = {**hidden, "name": "满减", "kind": "pickup", "price_fen": "1"}
    first = visitor.open("/console/components", "POST", data=form)
    assert (first.status_code, len(re.findall("jishi-flash", str(first.headers)))) == (303, 1)
    second = visitor.open("/console/components", "POST", data=form)
    assert (second.status_code, second.location) == (303, first.location)
    assert "jishi-flash" not in str(second.headers)


def test_refused_form_may_be_sent_again_with_the_same_number(visitor: Visitor):
    page = visitor.get("/console/components")
    hidden = dict(re.findall(r'<input type="hidden" name="(csrf|once)" value="([^"]*)">', page.split('id="form"')[1]))
    assert visitor.open("/console/components", "POST", data={**hidden, "name": ""}).status_code == 200
    form = {**hidden, "name": "满减", "kind": "pickup", "price_fen": "1"}
    assert visitor.open("/console/components", "POST", data=form).status_code == 303


def test_pressed_twice_at_once_it_counts_once(shop):
    drawn = Visitor(shop, shop.staff_token)
    page = drawn.get("/console/components")
    hidden = dict(re.findall(r'<input type="hidden" name="(csrf|once)" value="([^"]*)">', page.split('id="form"')[1]))
    kept = drawn.client.get_cookie("jishi-csrf", domain=drawn.host).value

    def press(_: int):
        visitor = Visitor(shop, shop.staff_token)
        visitor.client.set_cookie("jishi-csrf", kept, domain=visitor.host)
        return visitor.open("/console/components", "POST",
                            data={**hidden, "name": "满减", "kind": "pickup", "price_fen": "1"})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))
    assert [answer.status_code for answer in answers] == [303] * 4
    assert sum("jishi-flash" in str(answer.headers) for answer in answers) == 1


def test_unknown_page_is_a_page(visitor: Visitor):
    answer = visitor.open("/console/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "没有找到" in answer.text


def test_pages_speak_both_languages(visitor: Visitor):
    assert '<html class="no-script" lang="zh-CN">' in visitor.get("/console/components")
    visitor.open("/console/language?to=en&next=/console/components")
    assert '<html class="no-script" lang="en">' in visitor.get("/console/components")
