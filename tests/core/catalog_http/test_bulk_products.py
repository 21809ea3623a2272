"""`upsert_products` and `change_prices`: sets of rows, every row with its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from core.catalog.service import change_prices, upsert_products
from core.db import db


def row(code: str, **more: Any) -> dict[str, Any]:
    return {"sku_code": code, "title": f"商品 {code}", "list_price_fen": 1000, **more}


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to PostgreSQL inside the block."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def product(code: str) -> Any:
    query = """
        SELECT p.*, s.list_price_fen, s.member_price_fen, s.spec, s.unit, s.weighed, s.plu, c.name AS category,
               b.name AS brand,
               ARRAY(SELECT barcode FROM sku_barcode WHERE sku_id = s.id ORDER BY barcode) AS barcodes
        FROM sku s JOIN product p ON p.id = s.product_id LEFT JOIN category c ON c.id = p.category_id
        LEFT JOIN brand b ON b.id = p.brand_id WHERE s.code = :code
    """
    return db.session.execute(text(query), {"code": code}).one()


def test_upsert_new_products_with_categories_brands_and_barcodes(shop):
    rows = [
        row(
            "A1", title="可口可乐 500ml", category_path=["饮料", "碳酸饮料"], brand="可口可乐", spec="500ml", unit="瓶",
            barcodes=["6954767413877", "6901939621271"], member_price_fen=900, cost_fen=500, keywords="汽水",
        ),
        row("A2", category_path=["饮料"], weighed=True, plu="10001"),
    ]
    with shop.bound():
        done = upsert_products(rows)
        db.session.commit()
        assert (done.new, done.updated, done.unchanged, done.failed) == (2, 0, 0, 0)
        cola, other = product("A1"), product("A2")
        assert (cola.title, cola.category, cola.brand, cola.unit, cola.min_price_fen) == (
            "可口可乐 500ml", "碳酸饮料", "可口可乐", "瓶", 1000,
        )
        assert cola.barcodes == ["6901939621271", "6954767413877"]
        assert (other.unit, other.plu, other.on_shelf) == ("kg", "10001", True)


def test_upsert_again_changes_nothing(shop):
    rows = [row(f"B{i}", category_path=["甲", "乙", "丙"], brand="牌", barcodes=[]) for i in range(20)]
    with shop.bound():
        upsert_products(rows)
        db.session.commit()
        before = product("B7").updated_at
        assert upsert_products(rows).results == ("unchanged",) * 20
        db.session.commit()
        assert product("B7").updated_at == before


def test_upsert_none_keeps_what_is_stored(shop):
    with shop.bound():
        upsert_products([row("C1", keywords="一 二", spec="大", origin="邢台", brand="牌", on_shelf=False)])
        done = upsert_products([row("C1", list_price_fen=1200, title=None, spec=None, barcodes=None)])
        db.session.commit()
        kept = product("C1")
        assert done.results == ("updated",)
        assert (kept.title, kept.keywords, kept.spec, kept.origin, kept.brand, kept.on_shelf) == (
            "商品 C1", "一 二", "大", "邢台", "牌", False,
        )
        assert (kept.list_price_fen, kept.min_price_fen) == (1200, 1200)


def test_upsert_barcode_of_another_sku_fails_that_row_only(shop):
    with shop.bound():
        upsert_products([row("D1", barcodes=["6954767413877"])])
        done = upsert_products([row("D2", barcodes=["6954767413877"]), row("D3")])
        db.session.commit()
        assert done.results == ("failed", "new")
        found = done.faults[0]
        assert (found.index, found.field, found.value, found.code) == (0, "barcodes", "6954767413877", "barcode_taken")
        assert "D1" in found.message
        assert db.session.execute(text("SELECT count(*) FROM sku WHERE code = 'D2'")).scalar() == 0


def test_upsert_upc_and_its_ean_are_the_same_barcode(shop):
    with shop.bound():
        upsert_products([row("E1", barcodes=["012345678905"])])
        done = upsert_products([row("E2", barcodes=["0012345678905"])])
        assert (done.results, done.faults[0].code) == (("failed",), "barcode_taken")


def test_upsert_rows_that_clash_within_the_set(shop):
    rows = [row("F1", barcodes=["6954767413877"], plu="20001"), row("F1"), row("F2", barcodes=["6954767413877"]),
            row("F3", plu="20001"), row("F4", title=None), row("F5", store_code="NOPE", shelf_location="A1")]
    with shop.bound():
        done = upsert_products(rows)
        assert done.results == ("new", "failed", "failed", "failed", "failed", "failed")
        assert [(f.index, f.code) for f in done.faults] == [
            (1, "duplicate_row"), (2, "barcode_taken"), (3, "plu_taken"), (4, "required"), (5, "unknown_store"),
        ]


def test_upsert_places_articles_in_stores(shop):
    with shop.bound():
        assert upsert_products([row("G1", store_code="XT01", shelf_location="A01-1")]).results == ("new",)
        moved = [row("G1", store_code="XT01", shelf_location="B02")]
        assert upsert_products(moved).results == ("updated",)
        assert upsert_products(moved).results == ("unchanged",)
        place = text("SELECT shelf_location FROM stock JOIN sku ON sku.id = sku_id WHERE code = 'G1'")
        assert db.session.execute(place).scalar_one() == "B02"


def test_upsert_statements_do_not_grow_with_rows(shop):
    def batch(size: int, name: str) -> list[dict[str, Any]]:
        return [
            row(f"{name}{i}", category_path=[f"{name}甲", f"乙{i % 7}"], brand=f"牌{name}{i % 5}")
            for i in range(size)
        ]

    with shop.bound():
        with statements() as few:
            upsert_products(batch(2, "I"))
        with statements() as many:
            upsert_products(batch(400, "J"))
        assert len(many) == len(few)
        db.session.rollback()


def test_change_prices_by_code_and_barcode(shop):
    with shop.bound():
        upsert_products([row("K1", member_price_fen=900), row("K2", barcodes=["6954767413877"])])
        done = change_prices(
            [
                {"sku_code": "K1", "barcode": None, "list_price_fen": 1100, "member_price_fen": None},
                {"sku_code": None, "barcode": "6954767413877", "list_price_fen": 1000},
                {"sku_code": "NOPE", "list_price_fen": 1},
                {"sku_code": "K1", "list_price_fen": 5},
            ]
        )
        db.session.commit()
        assert done.results == ("updated", "unchanged", "failed", "failed")
        assert [f.code for f in done.faults] == ["unknown_sku", "duplicate_row"]
        changed = product("K1")
        assert (changed.list_price_fen, changed.member_price_fen, changed.min_price_fen) == (1100, 900, 1100)


def test_change_prices_finds_an_ean_by_its_upc(shop):
    with shop.bound():
        upsert_products([row("L1", barcodes=["0012345678905"])])
        assert change_prices([{"barcode": "012345678905", "list_price_fen": 700}]).results == ("updated",)
