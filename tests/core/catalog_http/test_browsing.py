"""The storefront's catalog: lists, details, search, scanning, and the bytes that are kept of them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisGone
from sqlalchemy import text

from core.catalog import cache
from core.catalog.barcode import build_weighed
from core.catalog.service import change_prices, upsert_products
from core.db import db
from tests.core.catalog_http.test_bulk_products import row, statements

STORE = "/store/api/v1"


@pytest.fixture
def stocked(shop):
    """Twelve drinks (D00 … D11, price 100 … 1200), one fruit sold by weight, one article off the shelf."""
    drinks = [
        row(
            f"D{i:02d}", title=f"汽水 {i:02d}", list_price_fen=(i + 1) * 100, category_path=["饮料", "碳酸饮料"],
            brand="可口可乐" if i % 2 else "百事",
        )
        for i in range(12)
    ]
    more = [
        row("APPLE", title="红富士苹果", category_path=["水果"], weighed=True, plu="10001", list_price_fen=1000,
            barcodes=["6954767413877"]),
        row("GONE", title="停售的汽水", category_path=["饮料"], on_shelf=False),
    ]
    with shop.bound():
        upsert_products([*drinks, *more])
        db.session.commit()
    return shop


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json["items"]]


def ids(shop: Any) -> dict[str, str]:
    with shop.bound():
        rows = db.session.execute(text("SELECT code, product_id FROM sku"))
        return {code: str(product_id) for code, product_id in rows}


def category(shop: Any, name: str) -> str:
    with shop.bound():
        return str(db.session.execute(text("SELECT id FROM category WHERE name = :name"), {"name": name}).scalar_one())


def test_categories_are_a_tree(stocked):
    tree = stocked.get(f"{STORE}/categories").json["items"]
    assert [(node["name"], [child["name"] for child in node["children"]]) for node in tree] == [
        ("水果", []), ("饮料", ["碳酸饮料"]),
    ]


def test_list_by_category_takes_everything_below_it(stocked):
    found = stocked.get(f"{STORE}/products?category_id={category(stocked, '饮料')}&limit=100")
    assert names(found) == [f"汽水 {i:02d}" for i in range(12)]


@pytest.mark.parametrize(
    ("sort", "first", "last"), [("id", 0, 11), ("new", 11, 0), ("price", 0, 11), ("price_desc", 11, 0)]
)
def test_list_pages_by_keyset_without_gap_or_repetition(stocked, sort, first, last):
    path = f"{STORE}/products?category_id={category(stocked, '饮料')}&sort={sort}&limit=5"
    seen, cursor = [], ""
    while cursor is not None:
        page = stocked.get(path + (f"&cursor={cursor}" if cursor else ""))
        seen += names(page)
        cursor = page.json["next_cursor"]
    assert (seen[0], seen[-1], len(seen), len(set(seen))) == (f"汽水 {first:02d}", f"汽水 {last:02d}", 12, 12)


def test_list_by_price_and_brand(stocked):
    with stocked.bound():
        brand = db.session.execute(text("SELECT id FROM brand WHERE name = '百事'")).scalar_one()
    found = stocked.get(f"{STORE}/products?brand_id={brand}&min_price_fen=300&max_price_fen=700")
    assert names(found) == ["汽水 02", "汽水 04", "汽水 06"]


def test_list_tells_no_stock_and_no_cost(stocked):
    card = stocked.get(f"{STORE}/products?limit=1&sort=new").json["items"][0]
    assert card == {
        "id": ids(stocked)["APPLE"], "title": "红富士苹果", "category_id": category(stocked, "水果"), "brand_id": None,
        "price_fen": 1000, "member_price_fen": None, "sku_id": card["sku_id"], "sku_count": 1, "spec": "", "unit": "kg",
        "weighed": True, "picture": None, "placeholder": card["placeholder"],
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("sort=worst", "sort"),
        ("category_id=abc", "category_id"), ("min_price_fen=-1", "min_price_fen"), ("cursor=%00", "cursor"),
        ("cursor=WyJhIiwiYiJd", "cursor"), ("cursor=WzEsMTAwMDAwMDAwMDAwMDAwMDAwMDAwXQ", "cursor"),
    ],
)
def test_list_with_bad_query_is_422_and_names_the_field(shop, query, field):
    refused = shop.get(f"{STORE}/products?{query}")
    assert (refused.status_code, refused.json["field"]) == (422, field)


def test_list_of_unknown_category_is_empty(shop):
    assert names(shop.get(f"{STORE}/products?category_id=999999999999999999")) == []


def test_detail_has_skus_pictures_and_path(stocked):
    apple = stocked.get(f"{STORE}/products/{ids(stocked)['APPLE']}").json
    assert [step["name"] for step in apple["category_path"]] == ["水果"]
    assert [(sku["code"], sku["unit"], sku["weighed"], sku["barcodes"]) for sku in apple["skus"]] == [
        ("APPLE", "kg", True, ["6954767413877"])
    ]
    assert "cost_fen" not in apple["skus"][0]


def test_detail_off_shelf_is_404(stocked):
    gone = stocked.get(f"{STORE}/products/{ids(stocked)['GONE']}")
    assert (gone.status_code, gone.json["code"]) == (404, "product_not_found")


def test_detail_of_another_shop_is_404(stocked, other_shop):
    assert other_shop.get(f"{STORE}/products/999999").status_code == 404
    mine = ids(stocked)["APPLE"]
    theirs = ids(other_shop)
    if mine not in theirs.values():
        assert other_shop.get(f"{STORE}/products/{mine}").status_code == 404


def test_second_answer_comes_without_a_statement(stocked):
    for path in ("/products?limit=20", f"/products/{ids(stocked)['APPLE']}", "/categories", "/search?q=汽水"):
        first = stocked.get(STORE + path)
        with stocked.app.app_context(), statements() as sent:
            again = stocked.get(STORE + path)
        assert (again.data, again.headers["ETag"], sent) == (first.data, first.headers["ETag"], [])


def test_answer_is_shared_through_redis(stocked):
    path = f"{STORE}/products/{ids(stocked)['APPLE']}"
    first = stocked.get(path)
    cache.behind.push()
    cache.forget()
    with stocked.app.app_context(), statements() as sent:
        assert (stocked.get(path).data, sent) == (first.data, [])


def test_etag_answers_304_until_the_content_changes(stocked):
    path = f"{STORE}/products/{ids(stocked)['APPLE']}"
    etag = stocked.get(path).headers["ETag"]
    same = stocked.get(path, headers={"If-None-Match": etag})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", etag)
    with stocked.bound():
        change_prices([{"sku_code": "APPLE", "list_price_fen": 990}])
        db.session.commit()
    changed = stocked.get(path, headers={"If-None-Match": etag})
    assert (changed.status_code, changed.json["price_fen"]) == (200, 990)


def test_etag_survives_a_change_of_other_products(stocked):
    path = f"{STORE}/products/{ids(stocked)['APPLE']}"
    etag = stocked.get(path).headers["ETag"]
    with stocked.bound():
        change_prices([{"sku_code": "D01", "list_price_fen": 990}])
        db.session.commit()
    assert stocked.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_rolled_back_change_keeps_the_version(stocked):
    with stocked.bound():
        before = cache.version()
        change_prices([{"sku_code": "APPLE", "list_price_fen": 990}])
        db.session.rollback()
        db.session.commit()
        assert cache.version() == before


def test_version_never_comes_back_after_redis_was_emptied(stocked):
    path = f"{STORE}/products/{ids(stocked)['APPLE']}"
    stocked.get(path)
    with stocked.bound():
        before = cache.version()
        db.session.execute(text("UPDATE product SET title = '改了' WHERE title = '红富士苹果'"))
        db.session.commit()
        services_redis(stocked).flushdb()
        cache.forget()
        assert cache.version() != before
    assert stocked.get(path).json["title"] == "改了"


def services_redis(shop: Any) -> Any:
    return shop.app.extensions["jishi"].redis


def test_catalog_works_without_redis(stocked, monkeypatch):
    def gone(*args: Any, **kwargs: Any) -> None:
        raise RedisGone("no redis")

    path = f"{STORE}/products/{ids(stocked)['APPLE']}"
    cache.forget()
    for name in ("get", "set"):
        monkeypatch.setattr(services_redis(stocked), name, gone)
    assert stocked.get(path).json["title"] == "红富士苹果"
    with stocked.bound():
        change_prices([{"sku_code": "APPLE", "list_price_fen": 990}])
        db.session.commit()
    assert stocked.get(path).json["price_fen"] == 990


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("苹果", ["红富士苹果"]), ("hfs", ["红富士苹果"]), ("hongfushi", ["红富士苹果"]), ("APPLE", ["红富士苹果"]),
        ("6954767413877", ["红富士苹果"]), ("富士", ["红富士苹果"]), ("，。", []), ("没有的东西", []), ("停售", []),
    ],
)
def test_search_by_words_pinyin_initials_and_codes(stocked, q, found):
    assert names(stocked.get(f"{STORE}/search", query_string={"q": q})) == found


def test_search_pages_by_rank(stocked):
    first = stocked.get(f"{STORE}/search", query_string={"q": "汽水", "limit": 7})
    rest = stocked.get(f"{STORE}/search", query_string={"q": "汽水", "limit": 7, "cursor": first.json["next_cursor"]})
    assert names(first) + names(rest) == [f"汽水 {i:02d}" for i in range(12)]
    assert rest.json["next_cursor"] is None


def test_search_within_category_and_price(stocked):
    drinks = category(stocked, "饮料")
    found = stocked.get(f"{STORE}/search", query_string={"q": "汽水", "category_id": drinks, "max_price_fen": 200})
    assert names(found) == ["汽水 00", "汽水 01"]


def test_search_with_nul_and_signs_is_no_error(shop):
    assert shop.get(f"{STORE}/search", query_string={"q": "\0'\\:*&|!<->"}).status_code == 200


def test_barcode_finds_its_sku(stocked):
    found = stocked.get(f"{STORE}/skus/by-barcode/6954767413877").json
    assert (found["code"], found["title"], found["label"]) == ("APPLE", "红富士苹果", None)


def test_scale_label_tells_amount_and_weight(stocked):
    found = stocked.get(f"{STORE}/skus/by-barcode/{build_weighed('10001', 1236)}").json
    assert (found["code"], found["label"]) == ("APPLE", {"plu": "10001", "amount_fen": 1236, "quantity": "1.236"})


@pytest.mark.parametrize(
    ("code", "status", "problem"),
    [
        ("6954767413878", 422, "barcode_check_digit"), ("2110001012361", 422, "barcode_check_digit"),
        ("hello", 422, "barcode_invalid"), ("6901939621271", 404, "sku_not_found"),
        (build_weighed("99999", 5), 404, "sku_not_found"),
    ],
)
def test_barcode_that_is_wrong_or_unknown(stocked, code, status, problem):
    refused = stocked.get(f"{STORE}/skus/by-barcode/{code}")
    assert (refused.status_code, refused.json["code"]) == (status, problem)


def test_availability_is_what_the_store_can_sell(shop):
    milk = ids(shop)["MILK"]
    with shop.bound():
        db.session.execute(text("UPDATE stock SET reserved = 3, safety = 2 WHERE sku_id = :sku"), {"sku": shop.skus["MILK"]})
        db.session.commit()
    found = shop.get(f"{STORE}/products/{milk}/availability?store_id={shop.store_id}").json
    assert [(item["sku_id"], item["sellable"], item["unit"]) for item in found["items"]] == [
        (str(shop.skus["MILK"]), "95", "盒")
    ]
    assert shop.get(f"{STORE}/products/{milk}/availability?store_id=99999").json["code"] == "store_not_found"
    assert shop.get(f"{STORE}/products/99999/availability?store_id={shop.store_id}").json["code"] == "product_not_found"
    assert shop.get(f"{STORE}/products/{milk}/availability").json["field"] == "store_id"


def test_placeholder_is_a_drawing_and_is_kept(stocked):
    url = stocked.get(f"{STORE}/products/{ids(stocked)['APPLE']}").json["placeholder"]
    first, again = stocked.get(url), stocked.get(url)
    assert first.data.startswith(b"<svg ") and "红富士苹果".encode() in first.data
    assert (first.content_type, again.content_type) == ("image/svg+xml", "image/svg+xml")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_change_by_another_process_shows_within_a_moment(stocked, monkeypatch):
    path = f"{STORE}/products/{ids(stocked)['APPLE']}"
    stocked.get(path)
    with stocked.bound():
        db.session.execute(text("UPDATE product SET title = '改了' WHERE title = '红富士苹果'"))
        db.session.commit()
    services_redis(stocked).set(f"{{t:{stocked.ref.key}}}:core:catalog:version", "made-elsewhere")
    monkeypatch.setattr(cache, "monotonic", lambda: time.monotonic() + cache.VERSION_SECONDS)
    assert stocked.get(path).json["title"] == "改了"
