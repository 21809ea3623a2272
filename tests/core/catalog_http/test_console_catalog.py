"""The console's catalog: what staff can do, and what is refused."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from core.catalog.indexing import index_category
from core.catalog.service import upsert_products
from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.staff.models import Staff, StaffSession
from core.web.tokens import issue

CONSOLE = "/console/api/v1"
STORE = "/store/api/v1"


def sku(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "list_price_fen": 1000, **more}


def form(code: str, **more: Any) -> dict[str, Any]:
    return {"title": f"商品 {code}", "skus": [sku(code)], **more}


class Desk:
    """The shop's owner at the console."""

    def __init__(self, shop: Any) -> None:
        self.shop = shop

    def __call__(self, method: str, path: str, **kwargs: Any) -> Any:
        return self.shop.request(method, CONSOLE + path, token=self.shop.staff_token, **kwargs)

    def add(self, **body: Any) -> dict[str, Any]:
        answer = self("POST", "/products", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json


@pytest.fixture
def desk(shop):
    return Desk(shop)


def png(width: int = 300, height: int = 200) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(data, "PNG")
    return data.getvalue()


def refusal(answer: Any) -> tuple[int, str, str | None]:
    return answer.status_code, answer.json["code"], answer.json.get("field")


def test_product_is_made_read_changed_and_shown_to_shoppers(desk):
    made = desk.add(
        title="苹果 礼盒", keywords="水果",
        skus=[
            sku("BOX5", spec="5 斤", barcodes=["6954767413877"]),
            sku("BOX10", spec="10 斤", list_price_fen=1900, cost_fen=9),
        ],
    )
    assert desk("GET", f"/products/{made['id']}").json == made
    small, large = made["skus"]
    body = {
        "version": made["version"], "title": "苹果礼盒", "on_shelf": True,
        "skus": [{**small, "list_price_fen": 880}, {**large, "active": False}],
    }
    changed = desk("PUT", f"/products/{made['id']}", json=body)
    assert changed.status_code == 200, changed.text
    shown = desk.shop.get(f"{STORE}/products/{made['id']}").json
    assert (shown["title"], shown["price_fen"], [s["code"] for s in shown["skus"]]) == ("苹果礼盒", 880, ["BOX5"])
    assert desk.shop.get(f"{STORE}/search?q=pglh").json["items"][0]["title"] == "苹果礼盒"


def test_edit_of_an_old_version_is_409_and_says_when_and_who(desk):
    made = desk.add(**form("A1"))
    body = {**form("A1"), "skus": made["skus"], "version": made["version"]}
    assert desk("PUT", f"/products/{made['id']}", json={**body, "title": "先到"}).status_code == 200
    late = desk("PUT", f"/products/{made['id']}", json={**body, "title": "后到"})
    assert refusal(late) == (409, "stale_edit", "version")
    assert (late.json["edited_by"], late.json["edited_at"][:10]) == ("店长", made["updated_at"][:10])
    assert desk("GET", f"/products/{made['id']}").json["title"] == "先到"


def test_edit_after_an_import_is_stale_too(desk):
    made = desk.add(**form("A1"))
    with desk.shop.bound():
        upsert_products([{"sku_code": "A1", "title": "导入的名字", "list_price_fen": 1000}])
        db.session.commit()
    body = {**form("A1"), "skus": made["skus"], "version": made["version"]}
    assert desk("PUT", f"/products/{made['id']}", json=body).status_code == 409


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"title": ""}, 422, "invalid", "title"),
        ({"title": "x" * 201}, 422, "invalid", "title"),
        ({"title": "a\0b"}, 422, "invalid", "title"),
        ({"colour": "red"}, 422, "invalid", "colour"),
        ({"skus": []}, 422, "invalid", "skus"),
        ({"skus": "many"}, 422, "invalid", "skus"),
        ({"skus": [sku("A1"), sku("A1")]}, 422, "invalid", "skus"),
        ({"skus": [sku("A1", list_price_fen=-1)]}, 422, "invalid", "skus.0.list_price_fen"),
        ({"skus": [sku("A1", list_price_fen=10**15)]}, 422, "invalid", "skus.0.list_price_fen"),
        ({"skus": [sku("A1", list_price_fen="12.80")]}, 422, "invalid", "skus.0.list_price_fen"),
        ({"skus": [sku("A1", member_price_fen=1001)]}, 422, "invalid", "skus.0.member_price_fen"),
        ({"skus": [sku("A1", barcodes=["6954767413878"])]}, 422, "invalid", "skus.0.barcodes.0"),
        ({"skus": [sku("A1", plu="123")]}, 422, "invalid", "skus.0.plu"),
        ({"skus": [sku("MILK")]}, 409, "sku_code_taken", "skus.0.code"),
        ({"skus": [sku("A1", id="999999")]}, 404, "sku_not_found", "skus.0.id"),
        ({"skus": [sku("A1", active=False)]}, 422, "no_active_sku", "skus"),
        ({"category_id": "999999"}, 404, "category_not_found", "category_id"),
        ({"brand_id": "999999"}, 404, "brand_not_found", "brand_id"),
    ],
)
def test_bad_product_is_refused_and_nothing_is_stored(desk, change, status, code, field):
    assert refusal(desk("POST", "/products", json={**form("A1"), **change})) == (status, code, field)
    with desk.shop.bound():
        assert db.session.execute(text("SELECT count(*) FROM product")).scalar_one() == 3


def test_barcode_and_plu_of_another_sku_are_409(desk):
    desk.add(**form("A1", skus=[sku("A1", barcodes=["6954767413877"], plu="10001")]))
    taken = desk("POST", "/products", json=form("A2", skus=[sku("A2", barcodes=["6954767413877"])]))
    assert refusal(taken) == (409, "barcode_taken", "skus.0.barcodes")
    taken = desk("POST", "/products", json=form("A2", skus=[sku("A2", plu="10001")]))
    assert refusal(taken) == (409, "plu_taken", "skus.0.plu")


def test_barcode_moves_between_skus_of_one_product(desk):
    made = desk.add(**form("A1", skus=[sku("A1", barcodes=["6954767413877"]), sku("A2")]))
    one, two = made["skus"]
    body = {
        **form("A1"), "version": made["version"],
        "skus": [{**one, "barcodes": []}, {**two, "barcodes": ["6954767413877"]}],
    }
    changed = desk("PUT", f"/products/{made['id']}", json=body).json
    assert [s["barcodes"] for s in changed["skus"]] == [[], ["6954767413877"]]


def test_codes_that_swap_are_409_not_500(desk):
    made = desk.add(**form("A1", skus=[sku("A1"), sku("A2")]))
    one, two = made["skus"]
    body = {**form("A1"), "version": made["version"], "skus": [{**one, "code": "A2"}, {**two, "code": "A1"}]}
    assert desk("PUT", f"/products/{made['id']}", json=body).json["code"] == "sku_code_taken"


def test_shelf_takes_products_off_and_on(desk):
    made = desk.add(**form("A1"))
    off = {"product_ids": [made["id"], "999999"], "on_shelf": False}
    assert desk("POST", "/products:shelf", json=off).json == {"changed": 1}
    assert desk("POST", "/products:shelf", json=off).json == {"changed": 0}
    assert desk.shop.get(f"{STORE}/products/{made['id']}").status_code == 404
    desk("POST", "/products:shelf", json={**off, "on_shelf": True})
    assert desk.shop.get(f"{STORE}/products/{made['id']}").status_code == 200


def test_delete_only_what_was_never_stocked(desk):
    made = desk.add(**form("A1"))
    assert desk("DELETE", f"/products/{made['id']}").status_code == 204
    assert refusal(desk("DELETE", f"/products/{made['id']}"))[:2] == (404, "product_not_found")
    with desk.shop.bound():
        milk = db.session.execute(text("SELECT product_id FROM sku WHERE code = 'MILK'")).scalar_one()
    assert refusal(desk("DELETE", f"/products/{milk}"))[:2] == (409, "product_in_use")


def test_list_finds_by_code_barcode_and_words(desk):
    made = desk.add(**form("A1", title="东北木耳", skus=[sku("MUER", barcodes=["6954767413877"])]))
    for q in ("MUER", "6954767413877", "木耳", "dbme"):
        found = desk("GET", "/products", query_string={"q": q}).json["items"]
        assert [item["id"] for item in found] == [made["id"]]
    assert desk("GET", "/products", query_string={"q": "，"}).json["items"] == []


def test_list_pages_and_filters(desk):
    for i in range(5):
        desk.add(**form(f"A{i}", on_shelf=i != 2))
    first = desk("GET", "/products?limit=6").json
    rest = desk("GET", f"/products?limit=6&cursor={first['next_cursor']}").json
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (6, 2, None)
    assert [p["title"] for p in desk("GET", "/products?on_shelf=false").json["items"]] == ["商品 A2"]


def test_categories_tree_and_its_rules(desk):
    def add(name: str, parent: str | None = None) -> Any:
        return desk("POST", "/categories", json={"name": name, "parent_id": parent})

    top = add("生鲜").json["id"]
    middle = add("水果", top).json["id"]
    low = add("苹果", middle).json["id"]
    assert refusal(add("更深", low)) == (422, "category_too_deep", "parent_id")
    assert refusal(add("生鲜")) == (409, "name_taken", "name")
    assert refusal(add("孤儿", "999999")) == (404, "category_not_found", "parent_id")
    loop = desk("PUT", f"/categories/{top}", json={"name": "生鲜", "parent_id": low})
    assert refusal(loop) == (422, "category_loop", "parent_id")
    assert refusal(desk("DELETE", f"/categories/{middle}"))[:2] == (409, "category_in_use")
    assert desk("DELETE", f"/categories/{low}").status_code == 204
    assert refusal(desk("DELETE", f"/categories/{low}"))[:2] == (404, "category_not_found")
    shown = desk.shop.get(f"{STORE}/categories").json["items"]
    assert shown == [{"id": top, "name": "生鲜", "children": [{"id": middle, "name": "水果", "children": []}]}]


def test_renamed_category_is_found_under_its_new_name(desk):
    category = desk("POST", "/categories", json={"name": "坚果"}).json["id"]
    desk.add(**form("A1", title="碧根果", category_id=category))
    assert desk("PUT", f"/categories/{category}", json={"name": "炒货"}).status_code == 204
    with desk.shop.bound():
        index_category(int(category))
    found = [desk.shop.get(f"{STORE}/search", query_string={"q": q}).json["items"] for q in ("坚果", "炒货")]
    assert [len(items) for items in found] == [0, 1]


def test_brands_are_unique_and_kept_while_used(desk):
    brand = desk("POST", "/brands", json={"name": "三只松鼠"}).json["id"]
    assert refusal(desk("POST", "/brands", json={"name": "三只松鼠"})) == (409, "name_taken", "name")
    desk.add(**form("A1", brand_id=brand))
    assert desk("GET", "/brands").json["items"] == [{"id": brand, "name": "三只松鼠", "products": 1}]
    assert refusal(desk("DELETE", f"/brands/{brand}"))[:2] == (409, "brand_in_use")
    assert desk("PUT", f"/brands/{brand}", json={"name": "松鼠"}).status_code == 204
    assert refusal(desk("PUT", "/brands/999999", json={"name": "x"}))[:2] == (404, "brand_not_found")


def test_picture_is_stored_in_widths_and_served(desk):
    made = desk.add(**form("A1"))
    path = f"/products/{made['id']}/pictures"
    first = desk("POST", path, data={"picture": (io.BytesIO(png()), "a.png")}).json["pictures"]
    both = desk("POST", path, data={"picture": (io.BytesIO(png(1200, 900)), "b.png")}).json["pictures"]
    assert [sorted(p["urls"]) for p in both] == [["160", "480", "960"]] * 2
    answer = desk.shop.get(first[0]["urls"]["160"])
    assert (answer.status_code, answer.content_type) == (200, "image/webp")
    assert Image.open(io.BytesIO(answer.data)).size == (160, 107)
    assert "immutable" in answer.headers["Cache-Control"]
    swapped = {"picture_ids": [both[1]["id"], both[0]["id"]]}
    assert desk("PUT", path, json=swapped).status_code == 204
    card = desk.shop.get(f"{STORE}/products?sort=new&limit=1").json["items"][0]
    assert card["picture"] == both[1]["urls"]
    assert refusal(desk("PUT", path, json={"picture_ids": [both[0]["id"]]})) == (404, "picture_not_found", "picture_ids")
    assert desk("DELETE", f"{path}/{both[1]['id']}").status_code == 204
    assert refusal(desk("DELETE", f"{path}/{both[1]['id']}"))[:2] == (404, "picture_not_found")
    assert desk.shop.get(f"{STORE}/products/{made['id']}").json["pictures"] == [both[0]["urls"]]


def test_picture_that_is_none_or_too_large_is_refused(desk):
    path = f"/products/{desk.add(**form('A1'))['id']}/pictures"
    svg = desk("POST", path, data={"picture": (io.BytesIO(b"<svg/>"), "a.png")})
    assert refusal(svg) == (422, "picture_invalid", "picture")
    assert refusal(desk("POST", path, data={}))[:2] == (422, "invalid")
    big = desk("POST", path, data={"picture": (io.BytesIO(b"x" * (10 * 1024 * 1024 + 1)), "a.png")})
    assert refusal(big) == (413, "picture_too_large", "picture")
    huge = desk("POST", path, data={"picture": (io.BytesIO(b"x" * (12 * 1024 * 1024)), "a.png")})
    assert refusal(huge)[:2] == (413, "too_large")
    assert refusal(desk("POST", "/products/999999/pictures", data={"picture": (io.BytesIO(png()), "a.png")}))[0] == 404


def test_pictures_of_another_shop_are_404(desk, other_shop):
    made = desk.add(**form("A1"))
    answer = desk("POST", f"/products/{made['id']}/pictures", data={"picture": (io.BytesIO(png()), "a.png")}).json
    url = answer["pictures"][0]["urls"]["480"]
    assert other_shop.get(url).status_code == 404
    key = f"/media/{desk.shop.ref.key}"
    for name in ("..%2f..%2fimports%2f1", "x.webp", f"{'0' * 64}-160.webp", "%00"):
        assert desk.shop.get(f"{key}/{name}").status_code == 404


def clerk(shop: Any) -> str:
    """A clerk's token: may look at the catalog, not edit it."""
    with shop.bound():
        moment = now()
        staff = Staff(phone="19900000002", name="店员", password_hash="x", role="clerk", created_at=moment)
        db.session.add(staff)
        db.session.flush()
        token = issue("st", shop.ref.key)
        until = moment.replace(year=moment.year + 1)
        db.session.add(
            StaffSession(staff_id=staff.id, token_hash=fingerprint(token), created_at=moment, expires_at=until)
        )
        db.session.commit()
    return token


def test_clerk_may_look_and_not_touch(shop):
    token = clerk(shop)
    assert shop.get(f"{CONSOLE}/products", token=token).status_code == 200
    assert refusal(shop.post(f"{CONSOLE}/products", token=token, json=form("A1")))[:2] == (403, "permission_missing")
    assert shop.get(f"{CONSOLE}/products").status_code == 401
    assert shop.get(f"{CONSOLE}/products", token=shop.buyer_token).status_code == 401
