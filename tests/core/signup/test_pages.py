"""Signing up by form: what is typed stays, what is wrong stands beside it, the page says how far it is."""

from __future__ import annotations

import re

import pytest

from tenants import provision
from tests.core.signup.test_signup_api import lose_jobs, work

_HIDDEN = re.compile(r'<input type="hidden" name="(csrf|once)" value="([^"]*)">')
TYPED = {"retailer": "邢台百货", "phone": "19900000077", "password": "correct horse"}


@pytest.fixture
def client(app):
    lose_jobs(app)
    return app.test_client()


@pytest.fixture
def typed():
    return {**TYPED, "slug": f"s{provision.new_key()}"}


def send(client, typed):
    hidden = dict(_HIDDEN.findall(client.get("/signup").text))
    return client.post("/signup", data={**hidden, **typed})


def test_form_leads_to_the_progress_and_then_to_the_new_console(app, client, typed):
    answer = send(client, typed)
    assert (answer.status_code, answer.location) == (303, f"/signup/{typed['slug']}")
    waiting = client.get(answer.location).text
    assert ("正在准备您的店铺" in waiting, 'data-refresh="1"' in waiting) == (True, True)
    work(app)
    done = client.get(answer.location).text
    assert ("店铺已开好" in done, "data-refresh" in done) == (True, False)
    assert f'href="http://{typed["slug"]}.localhost/console/login?next=/console/start"' in done


@pytest.mark.parametrize(
    ("change", "field"),
    [({"slug": "www"}, "slug"), ({"slug": "-x"}, "slug"), ({"phone": "123"}, "phone"), ({"password": "short"}, "password"),
     ({"retailer": ""}, "retailer")],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(client, typed, change, field):
    sent = {**typed, **change}
    answer = send(client, sent)
    assert answer.status_code == 200
    assert f'id="f-{field}-error"' in answer.text
    assert answer.text.count('class="field-error"') == 1
    for name in ("retailer", "slug", "phone"):
        assert f'name="{name}" value="{sent[name]}"' in answer.text
    assert sent["password"] not in answer.text


def test_taken_address_is_refused_beside_it(client, typed):
    send(client, typed)
    answer = send(client, {**typed, "phone": "19900000078"})
    assert 'id="f-slug-error"' in answer.text


def test_form_sent_twice_asks_for_one_shop(client, typed):
    hidden = dict(_HIDDEN.findall(client.get("/signup").text))
    places = [client.post("/signup", data={**hidden, **typed}).location for _ in range(2)]
    assert places == [f"/signup/{typed['slug']}"] * 2


def test_form_of_another_site_is_refused(client, typed):
    assert client.post("/signup", data=typed).status_code == 403


def test_name_is_text_and_no_markup(client, typed):
    answer = send(client, {**typed, "retailer": '"><script>alert(1)</script>', "phone": "1"})
    assert "<script>alert" not in answer.text
    assert "&gt;&lt;script&gt;alert(1)" in answer.text


def test_unknown_sign_up_is_not_found(client):
    assert client.get("/signup/nobody-here").status_code == 404


def test_shops_host_offers_no_sign_up_and_leads_to_the_console(shop):
    assert (shop.get("/signup").status_code, shop.get("/signup/anything").status_code) == (404, 404)
    assert (shop.get("/").status_code, shop.get("/").location) == (302, "/console/")


def test_front_door_leads_to_the_form(client):
    assert 'href="/signup"' in client.get("/").text
