"""Analytics over HTTP: permission, store scope, shapes."""

from __future__ import annotations

import pytest

from tests.core.analytics.selling import keep_up, ring_up, sale
from tests.core.console_http.acting import API, another_store, staff_token

READINGS = ("summary", "trend", "sources", "products", "repurchase", "campaigns", "finance", "orders", "figures")
WEEK = {"period": "custom", "from": "2017-01-01", "to": "2017-01-07"}


def read(shop, reading, token=None, **query):
    given = {**(WEEK if reading != "figures" else {"from": "2017-01-01", "to": "2017-01-07"}), **query}
    return shop.get(f"{API}/analytics/{reading}", query_string=given, token=token or shop.staff_token)


@pytest.fixture
def stores(shop):
    other = another_store(shop)
    ring_up(
        shop,
        sale("A-1", [("MILK", 2, 2560, 100, 60, 25)]),
        sale("A-2", [("RICE", 1, 3300)], channel="past", store_code="XT02"),
    )
    keep_up(shop)
    return shop.store_id, other


def test_every_reading_answers_for_the_whole_shop(shop, stores):
    body = {reading: read(shop, reading) for reading in READINGS}
    assert {answer.status_code for answer in body.values()} == {200}
    assert body["summary"].json["current"]["turnover_fen"] == 5700
    assert body["summary"].json["period"] == {"from": "2017-01-01", "to": "2017-01-07"}
    assert [row["turnover_fen"] for row in body["trend"].json["items"]] == [0, 5700, 0, 0, 0, 0, 0]
    assert [row["quantity"] for row in body["products"].json["items"]] == ["1", "2"]
    assert body["campaigns"].json["items"][0]["conversion"] == {"numerator": 0, "denominator": 0, "rate": None}
    assert body["finance"].json["days"]["2017-01-02"]["turnover_fen"] == 5700
    assert sum(row["paid_fen"] for row in body["orders"].json["items"]) == 5700
    assert (body["figures"].json["paid_fen"], body["figures"].json["pending"]) == (5700, 0)
    assert body["sources"].json["items"][0]["label"] == "无来源"


@pytest.mark.parametrize("reading", READINGS)
def test_readings_of_staff_limited_to_a_store(shop, stores, reading):
    mine, other = stores
    manager = staff_token(shop, "manager", stores=(other,))
    refused = read(shop, reading, manager, store_id=str(mine))
    assert (refused.status_code, refused.json["code"]) == (403, "other_store")
    assert read(shop, reading, manager).json == read(shop, reading, store_id=str(other)).json
    clerk = read(shop, reading, staff_token(shop, "clerk"))
    assert (clerk.status_code, clerk.json["permission"]) == (403, "reports.view")
    assert shop.get(f"{API}/analytics/{reading}").status_code == 401


def test_scope_of_one_store_shows_its_figures_only(shop, stores):
    _, other = stores
    manager = staff_token(shop, "manager", stores=(other,))
    assert read(shop, "summary", manager).json["current"]["turnover_fen"] == 3300
    assert [row["store_id"] for row in read(shop, "orders", manager).json["items"]] == [str(other)]


@pytest.mark.parametrize(
    ("reading", "query", "field"),
    [
        ("summary", {"period": "year"}, "period"),
        ("summary", {"to": "2016-12-31"}, "to"),
        ("summary", {"to": "2018-01-07"}, "to"),
        ("summary", {"from": "2017-02-30"}, "from"),
        ("trend", {"by": "minute"}, "by"),
        ("products", {"sort": "x"}, "sort"),
        ("products", {"cursor": "x"}, "cursor"),
        ("products", {"limit": "101"}, "limit"),
        ("orders", {"rule": "x"}, "rule"),
        ("orders", {"rule": "a\0", "rule_source": "staff"}, "rule"),
        ("orders", {"touch": "last", "scene": "\0"}, "scene"),
        ("orders", {"cursor": "x"}, "cursor"),
    ],
)
def test_bad_query_names_the_field(shop, reading, query, field):
    answer = read(shop, reading, **query)
    assert (answer.status_code, answer.json["field"]) == (422, field)
