"""Inside a shop with a reason: the link, what is open, what is not, and what the merchant sees."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.operator import support
from tests.core.operator_pages.platform import Guest

REASON = "商户反馈订单页打不开"
_LINK = re.compile(r'href="(http://[^"]+/console/support/[^"]+)"')

INSIDE = '<span class="tag tone-warning">在店内</span>'
ACTS = (
    "orders/0000000000000000/refund", "orders/0000000000000000/cancel", "pickup/verify", "plugin-center/points/purge",
    "plugin-center/points/disable",
)
FORBIDDEN = (
    "plugin-center/points/purge", "staff", "staff/invite", "payments", "apikeys", "apikeys/new", "settings", "plugin-center",
)


@pytest.fixture
def link(platform, shop):
    """The address of a ticket into the shop."""
    answer = platform.post(f"/platform/tenants/{shop.ref.id}/enter", {"reason": REASON})
    assert answer.status_code == 200
    return _LINK.search(answer.text)[1]


@pytest.fixture
def inside(link, shop) -> Guest:
    """An operator's browser at the shop's console."""
    guest = Guest(shop)
    assert guest.open(urlsplit(link).path).status_code == 303
    return guest


def lines(shop) -> list[tuple]:
    query = text("SELECT actor, action, detail->'support'->>'reason' FROM audit_log ORDER BY id")
    with shop.bound():
        rows = db.session.execute(query).all()
    return [tuple(row) for row in rows]


def test_link_leads_to_the_shops_own_host(link, shop):
    assert urlsplit(link).netloc == f"{shop.ref.slug}.localhost"


def test_ticket_opens_the_console_once(link, shop):
    guest = Guest(shop)
    answer = guest.open(urlsplit(link).path)
    assert (answer.status_code, answer.location) == (303, "/console/")
    page = guest.get("/console/support")
    assert "平台支持模式" in page
    assert f"林支持 · {REASON}" in page
    assert Guest(shop).open(urlsplit(link).path).status_code == 403


def test_ticket_is_good_for_a_minute_and_for_one_shop(link, shop, other_shop):
    assert Guest(other_shop).open(urlsplit(link).path).status_code == 403
    with travel(61):
        assert Guest(shop).open(urlsplit(link).path).status_code == 403


def test_entry_ends_after_an_hour(inside):
    assert inside.open("/console/orders").status_code == 200
    with travel(3601):
        assert inside.open("/console/orders").status_code == 303


def test_entry_ends_when_the_platform_says_so(platform, inside, shop):
    entry = support.entries_of(shop.ref.id)[0]["id"]
    place = f"/platform/tenants/{shop.ref.id}"
    assert platform.post(f"{place}/entries/{entry}/end", page=place).location == place
    assert inside.open("/console/orders").status_code == 303
    assert lines(shop) == [("support", "support.enter", REASON), ("support", "support.leave", REASON)]


@pytest.mark.parametrize("page", ["orders", "products", "stock", "members", "audit", "support", "analytics"])
def test_support_sees_what_a_manager_sees(inside, page):
    assert inside.open(f"/console/{page}").status_code == 200


@pytest.mark.parametrize("page", FORBIDDEN)
def test_support_has_no_hand_on_money_keys_people_and_plugins(inside, page):
    assert inside.open(f"/console/{page}").status_code in {403, 404, 405}


@pytest.mark.parametrize("act", ACTS)
def test_support_does_nothing_that_can_not_be_undone(inside, shop, act):
    assert inside.post(f"/console/{act}", page="/console/support").status_code == 403
    assert lines(shop) == [("support", "support.enter", REASON)]


@pytest.mark.parametrize("page", ["account", "account/password", "account/two-factor"])
def test_support_has_no_account_in_the_shop(inside, page):
    assert inside.open(f"/console/{page}").status_code in {303, 403, 404}


def test_support_is_no_login_for_programs(inside, shop):
    token = inside.client.get_cookie("jishi-sp", domain=inside.host).value
    for path in ("orders", "session", "staff"):
        assert shop.get(f"/console/api/v1/{path}", token=token).status_code == 401


def test_what_support_does_is_in_the_shops_log_and_the_merchant_sees_it(inside, shop):
    answer = inside.post("/console/categories/new", {"name": "时令", "sort": "0"})
    assert answer.status_code == 303
    assert lines(shop) == [("support", "support.enter", REASON), ("support", "catalog.category.create", REASON)]
    owner = Guest(shop, shop.staff_token)
    assert REASON in owner.get("/console/support")
    assert "林支持" in owner.get("/console/audit?who=support")


def test_merchants_list_shows_who_is_inside_and_who_left(inside, shop):
    owner = Guest(shop, shop.staff_token)
    assert INSIDE in owner.get("/console/support")
    inside.post("/console/logout", page="/console/support")
    assert INSIDE not in owner.get("/console/support")
    assert inside.open("/console/orders").status_code == 303


def test_suspended_shop_is_not_entered(platform, shop):
    platform.post(f"/platform/tenants/{shop.ref.id}/suspend", {"reason": "欠费三个月未处理"})
    answer = platform.post(f"/platform/tenants/{shop.ref.id}/enter", {"reason": REASON})
    assert "店铺未在营业，不能进入" in answer.text
    assert _LINK.search(answer.text) is None
