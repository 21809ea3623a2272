"""Imports from end to end: files become rows, every line that is not taken is reported, twice changes nothing."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.imports import runs, service
from tests.core.catalog_http.test_bulk_products import product

PRODUCTS = """货号,条码,商品名称,规格,单位,分类,品牌,售价,会员价,关键词
P001,6954767413877,可口可乐,500ml,瓶,饮料/碳酸饮料,可口可乐,3.00,2.80,汽水
P002,6901939621271,雪碧,500ml,瓶,饮料/碳酸饮料,雪碧,3.00,,
P003,,散装瓜子,散装称重,,炒货,,12.80,,
"""


def write(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def take(shop: Any, kind: str, path: Path, store: str | None = None, actor: int | None = None) -> Any:
    """Import a file in this process; returns the run."""
    with shop.bound():
        run_id = runs.start(kind, path.name, service.digest_of(path), store, actor)
        service.run(run_id, path)
        return runs.find(run_id)


def outcome(run: Any) -> tuple[str, int, int, int, int]:
    return run["state"], run["created"], run["updated"], run["unchanged"], run["failed"]


def faults(shop: Any, run: Any) -> list[tuple[int, str, str, str]]:
    with shop.bound():
        return [(f["line"], f["column"], f["value"], f["code"]) for f in runs.faults(run["id"], 0, 1000)]


def test_products_twice_change_nothing(shop, tmp_path):
    path = write(tmp_path, "p.csv", PRODUCTS)
    assert outcome(take(shop, "products", path)) == ("done", 3, 0, 0, 0)
    again = take(shop, "products", path)
    assert (outcome(again), again["rows"], again["done_permille"], again["last_line"]) == (("done", 0, 0, 3, 0), 3, 1000, 4)
    with shop.bound():
        seeds = product("P003")
        assert (seeds.unit, seeds.weighed, seeds.category, seeds.list_price_fen) == ("kg", True, "炒货", 1280)


def test_columns_that_the_file_lacks_keep_what_is_stored(shop, tmp_path):
    take(shop, "products", write(tmp_path, "p.csv", PRODUCTS))
    with shop.bound():
        db.session.execute(text("UPDATE product SET on_shelf = false WHERE title = '散装瓜子'"))
        db.session.commit()
    slim = write(tmp_path, "q.csv", "货号,商品名称,售价\nP003,散装瓜子,13.80\n")
    assert outcome(take(shop, "products", slim)) == ("done", 0, 1, 0, 0)
    with shop.bound():
        seeds = product("P003")
        assert (seeds.unit, seeds.weighed, seeds.spec, seeds.on_shelf, seeds.list_price_fen) == (
            "kg", True, "散装称重", False, 1380,
        )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_files_in_other_encodings(shop, tmp_path, encoding):
    path = write(tmp_path, "p.csv", PRODUCTS.encode(encoding))
    assert outcome(take(shop, "products", path)) == ("done", 3, 0, 0, 0)
    with shop.bound():
        assert product("P001").title == "可口可乐"


def test_xlsx_and_packed_jsonl(shop, tmp_path):
    book = Workbook()
    for line in PRODUCTS.splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "p.xlsx")
    assert outcome(take(shop, "products", tmp_path / "p.xlsx")) == ("done", 3, 0, 0, 0)
    lines = [{"sku": "P001", "name": "可口可乐", "price_fen": 290}, {"sku": "P009", "name": "芬达", "price_fen": 300}]
    packed = gzip.compress("\n".join(json.dumps(line) for line in lines).encode())
    assert outcome(take(shop, "products", write(tmp_path, "p.jsonl.gz", packed))) == ("done", 1, 1, 0, 0)


def test_lines_that_fail_are_reported_with_line_column_and_value(shop, tmp_path):
    path = write(
        tmp_path, "p.csv",
        "货号,条码,商品名称,售价\nP1,6954767413878,错校验位,1\nP2,,,2\nP3,,好的,3\nP3,,重复,3\nP4,,负价,-4\n"
        "P5,6954767413877,先,5\nP6,6954767413877,后,6\n",
    )
    run = take(shop, "products", path)
    assert outcome(run) == ("done", 2, 0, 0, 5)
    assert faults(shop, run) == [
        (2, "条码", "6954767413878", "barcode_check_digit"),
        (3, "商品名称", "", "required"),
        (5, "货号", "P3", "duplicate_row"),
        (6, "售价", "-4", "price_negative"),
        (8, "条码", "6954767413877", "duplicate_barcode"),
    ]


def test_barcode_of_a_stored_sku_is_reported(shop, tmp_path):
    take(shop, "products", write(tmp_path, "p.csv", PRODUCTS))
    run = take(shop, "products", write(tmp_path, "q.csv", "货号,条码,商品名称,售价\nNEW,6954767413877,抢条码,1\n"))
    assert (outcome(run), faults(shop, run)) == (
        ("done", 0, 0, 0, 1), [(2, "条码", "6954767413877", "barcode_taken")],
    )


def test_prices_by_code_or_barcode(shop, tmp_path):
    take(shop, "products", write(tmp_path, "p.csv", PRODUCTS))
    path = write(tmp_path, "prices.csv", "货号,条码,售价\nP001,,3.50\n,6901939621271,3.00\nNOPE,,1\n")
    run = take(shop, "prices", path)
    assert (outcome(run), faults(shop, run)) == (("done", 0, 1, 1, 1), [(4, "货号", "NOPE", "unknown_sku")])


def test_stock_is_counted_and_told_apart(shop, tmp_path):
    path = write(
        tmp_path, "stock.csv",
        "门店编码,货号,库存,安全库存,货位\nXT01,MILK,80,2,A1\nXT01,PORK,12.345,,\nXT01,RICE,100,,\nXT99,MILK,1,,\n"
        "XT01,MILK,9,,\nXT01,NOPE,1,,\nXT01,RICE,-1,,\n",
    )
    run = take(shop, "stock", path)
    assert outcome(run) == ("done", 0, 2, 1, 4)
    assert [fault[3] for fault in faults(shop, run)] == [
        "unknown_store", "duplicate_row", "unknown_sku", "quantity_negative",
    ]
    assert shop.stock("MILK") == (Decimal(80), Decimal(0))
    assert outcome(take(shop, "stock", path)) == ("done", 0, 0, 3, 4)
    with shop.bound():
        moves = db.session.execute(
            text("SELECT quantity FROM stock_move WHERE kind = 'count' ORDER BY quantity")
        ).scalars()
        assert list(moves) == [Decimal("-87.655"), Decimal("-20.000")]


def test_stock_of_pieces_is_whole(shop, tmp_path):
    run = take(shop, "stock", write(tmp_path, "s.csv", "门店编码,货号,库存\nXT01,MILK,1.5\n"))
    assert faults(shop, run) == [(2, "库存", "1.500", "whole_units_only")]


def test_stock_with_a_store_for_the_whole_file(shop, tmp_path):
    path = write(tmp_path, "s.csv", "货号,库存\nMILK,7\n")
    assert outcome(take(shop, "stock", path, store="XT01")) == ("done", 0, 1, 0, 0)


def test_stock_of_another_store_is_not_for_limited_staff(shop, tmp_path):
    with shop.bound():
        db.session.execute(
            text(
                "INSERT INTO store (code, name, district_code, address, phone, longitude, latitude, opens_at, closes_at,"
                " pickup, delivery, prepare_minutes, slot_minutes, active) SELECT 'XT02', name, district_code, address,"
                " phone, longitude, latitude, opens_at, closes_at, pickup, delivery, 30, 60, true FROM store"
            )
        )
        db.session.execute(
            text("INSERT INTO staff_store (staff_id, store_id) SELECT :staff, id FROM store WHERE code = 'XT02'"),
            {"staff": shop.staff_id},
        )
        db.session.commit()
    path = write(tmp_path, "s.csv", "门店编码,货号,库存\nXT01,MILK,7\nXT02,MILK,8\n")
    run = take(shop, "stock", path, actor=shop.staff_id)
    assert (outcome(run), faults(shop, run)) == (
        ("done", 1, 0, 0, 1), [(2, "门店编码", "XT01", "other_store")],
    )


def test_members_take_over_shoppers_and_keep_phones_apart(shop, tmp_path):
    with shop.bound():
        db.session.execute(text("UPDATE buyer SET phone = '19900000009' WHERE id = :id"), {"id": shop.buyer_id})
        db.session.commit()
    path = write(
        tmp_path, "m.csv",
        "会员号,手机号,姓名,入会时间,标签\nV1,19900000009,甲,2025-01-31,口味=辣\nV2,19900000002,乙,,\nV3,,丙,,\n",
    )
    assert outcome(take(shop, "members", path)) == ("done", 2, 1, 0, 0)
    assert outcome(take(shop, "members", path)) == ("done", 0, 0, 3, 0)
    with shop.bound():
        mine = db.session.execute(
            text("SELECT member_no, name, tags FROM buyer WHERE id = :id"), {"id": shop.buyer_id}
        ).one()
        assert tuple(mine) == ("V1", "甲", {"口味": "辣"})
    run = take(shop, "members", write(tmp_path, "n.csv", "会员号,手机号\nV9,19900000002\nV3,19900000003\n"))
    assert (outcome(run), faults(shop, run)) == (
        ("done", 0, 1, 0, 1), [(2, "手机号", "19900000002", "phone_taken")],
    )


def test_columns_that_nothing_is_done_with_are_named(shop, tmp_path):
    run = take(shop, "products", write(tmp_path, "p.csv", "货号,商品名称,售价,货位,颜色\nP1,甲,1,A1,红\n"))
    assert run["ignored_columns"] == ["货位", "颜色"]


def test_file_that_breaks_off_is_partial_and_keeps_what_it_gave(shop, tmp_path):
    lines = "\n".join(f"P{i},商品{i},1" for i in range(1200))
    path = write(tmp_path, "p.csv", f'货号,商品名称,售价\n{lines}\nX,"没有收尾,1\n')
    run = take(shop, "products", path)
    assert (run["state"], run["created"], run["problem_code"]) == ("partial", 1200, "import_unclosed_quote")


def test_crash_leaves_whole_batches_and_says_how_far_it_came(shop, tmp_path):
    class Crash(Exception):
        pass

    def fail(progress: service.Progress) -> None:
        if progress.rows >= 1000:
            raise Crash

    path = write(tmp_path, "p.csv", "货号,商品名称,售价\n" + "".join(f"P{i},商品{i},1\n" for i in range(1700)))
    with shop.bound():
        run_id = runs.start("products", path.name, "x", None, None)
        with pytest.raises(Crash):
            service.run(run_id, path, fail)
        run = runs.find(run_id)
        assert (run["state"], run["created"], run["last_line"]) == ("interrupted", 1000, 1001)
        assert db.session.execute(text("SELECT count(*) FROM sku WHERE code LIKE 'P%'")).scalar_one() == 1001
        service.run(run_id, path)
        assert outcome(runs.find(run_id)) == ("done", 700, 0, 1000, 0)


def test_run_without_progress_is_marked_interrupted(shop):
    with shop.bound():
        run_id = runs.start("products", "p.csv", "x", None, None)
        runs.claim(run_id)
        db.session.commit()
        service.sweep()
        assert runs.find(run_id)["state"] == "running"
        with travel(service.STALE.total_seconds() + 1):
            service.sweep()
        assert runs.find(run_id)["state"] == "interrupted"


def test_run_is_done_once_even_if_two_workers_have_it(shop, tmp_path):
    path = write(tmp_path, "p.csv", PRODUCTS)
    with shop.bound():
        run_id = runs.start("products", path.name, "x", None, None)
        service.run(run_id, path)
        service.run(run_id, path)
        assert outcome(runs.find(run_id)) == ("done", 3, 0, 0, 0)
