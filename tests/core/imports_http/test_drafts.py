"""An import in two steps: look at the columns and the first rows, then start."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.host import jobs
from core.imports import drafts, runs, service
from core.imports.columns import columns_of, required_fields
from core.imports.errors import ImportFileError, NotADraft
from core.imports.readers import open_rows
from core.imports.schemas import SCHEMAS
from core.imports.template import template
from tests.core.console_http.acting import staff_token

CONSOLE = "/console/api/v1"
FILE = "商品代号,名称,卖价,备忘\nMILK,纯牛奶,13.80,无\nNEW1,新品,9.90,\nNEW2,坏价,abc,\n"


def make(shop: Any, content: str = FILE, kind: str = "products", name: str = "p.csv", **kwargs: Any) -> int:
    with shop.bound():
        return drafts.draft(io.BytesIO(content.encode()), name, kind, **kwargs)


def seen(shop: Any, run_id: int, *args: Any) -> drafts.Preview:
    with shop.bound():
        return drafts.preview(run_id, *args)


def test_preview_guesses_columns_and_names_what_is_missing(shop):
    found = seen(shop, make(shop))
    assert [(column.name, column.target, column.samples) for column in found.columns] == [
        ("商品代号", "", ("MILK", "NEW1", "NEW2")),
        ("名称", "title", ("纯牛奶", "新品", "坏价")),
        ("卖价", "", ("13.80", "9.90", "abc")),
        ("备忘", "", ("无",)),
    ]
    assert (found.missing, found.unknown) == (("售价", "货号"), ("商品代号", "卖价", "备忘"))
    shown = [(row.line, row.values[0], row.outcome) for row in found.rows]
    assert shown == [(2, "MILK", ""), (3, "NEW1", ""), (4, "NEW2", "")]
    assert {"sku_code": "货号（必填）", "list_price_fen": "售价（元）（必填）"}.items() <= dict(found.targets).items()
    assert dict(found.targets)["list_price_fen:fen"] == "售价（分）（必填）"


def test_preview_with_a_mapping_tells_what_would_happen_and_keeps_nothing(shop):
    run_id = make(shop)
    found = seen(shop, run_id, {"商品代号": "sku_code", "卖价": "list_price_fen"})
    assert (found.missing, found.unknown, found.problem) == ((), ("备忘",), None)
    assert [(row.line, row.outcome) for row in found.rows] == [(2, "changed"), (3, "new"), (4, "failed")]
    assert [(error.column, error.value, error.code) for error in found.rows[2].errors] == [("卖价", "abc", "price_invalid")]
    with shop.bound():
        stored = db.session.execute(text("SELECT code, list_price_fen FROM sku ORDER BY id")).all()
        assert [tuple(row) for row in stored] == [("MILK", 1280), ("RICE", 3300), ("PORK", 1980)]
        assert runs.newest(None, 10) == []


def test_start_imports_with_the_mapping_and_keeps_it(shop):
    run_id = make(shop)
    mapping = {"商品代号": "sku_code", "卖价": "list_price_fen:fen"}
    with shop.bound():
        with pytest.raises(ImportFileError):
            drafts.start(run_id)
        drafts.start(run_id, {**mapping, "卖价": "list_price_fen"})
        with pytest.raises(NotADraft):
            drafts.start(run_id, mapping)
    jobs.work(shop.app, ("core",), burst=True)
    with shop.bound():
        run = runs.find(run_id)
        assert (run["state"], run["created"], run["updated"], run["failed"]) == ("done", 1, 1, 1)
        assert run["mapping"] == {"商品代号": "sku_code", "名称": "title", "卖价": "list_price_fen", "备忘": ""}
        assert run["ignored_columns"] == ["备忘"]
        assert db.session.execute(text("SELECT list_price_fen FROM sku WHERE code = 'NEW1'")).scalar() == 990
        assert not service.file_of(run_id).exists()


def test_a_known_column_can_be_left_out(shop):
    run_id = make(shop, "货号,商品名称,售价,会员价\nMILK,纯牛奶,12.80,99\n")
    assert seen(shop, run_id).rows[0].errors[0].code == "member_price_above_list"
    assert seen(shop, run_id, {"会员价": ""}).rows[0].outcome == "same"


def test_preview_tells_what_the_shop_objects_to(shop):
    with shop.bound():
        barcode = db.session.execute(text("SELECT min(barcode) FROM sku_barcode")).scalar()
    found = seen(shop, make(shop, f"货号,商品名称,售价,条码\nA1,甲,1,{barcode}\nA2,乙,1,\n"))
    assert [(row.line, row.outcome, [e.code for e in row.errors]) for row in found.rows] == [
        (2, "failed", ["barcode_taken"]),
        (3, "new", []),
    ]


def test_mapping_to_a_field_that_is_not_there_is_refused(shop):
    token, run_id = shop.staff_token, make(shop)
    answer = shop.post(f"{CONSOLE}/imports/{run_id}:preview", token=token, json={"mapping": {"卖价": "password"}})
    assert (answer.status_code, answer.json["code"]) == (422, "unknown_field")


def test_two_columns_for_one_field_are_a_problem_in_words(shop):
    found = seen(shop, make(shop), {"商品代号": "sku_code", "卖价": "list_price_fen", "备忘": "title"})
    assert found.problem == "列“名称”和“备忘”是同一项内容，请只保留一列"


def test_draft_over_http_from_upload_to_start(shop):
    data = {"file": (io.BytesIO(FILE.encode()), "p.csv")}
    path = f"{CONSOLE}/imports:draft"
    made = shop.post(path, token=shop.staff_token, query_string={"kind": "products"}, data=data)
    assert (made.status_code, made.json["missing"]) == (201, ["售价", "货号"])
    body = {"mapping": {"商品代号": "sku_code", "卖价": "list_price_fen"}}
    run_id = made.json["run_id"]
    assert shop.post(f"{CONSOLE}/imports/{run_id}:preview", token=shop.staff_token, json=body).json["missing"] == []
    started = shop.post(f"{CONSOLE}/imports/{run_id}:start", token=shop.staff_token, json=body)
    assert (started.status_code, started.json["state"]) == (202, "waiting")
    clerk = staff_token(shop, "clerk")
    assert shop.post(f"{CONSOLE}/imports/{run_id}:start", token=clerk, json=body).status_code == 403


def test_drafts_of_another_shop_are_not_found(shop, other_shop):
    answer = other_shop.post(f"{CONSOLE}/imports/{make(shop)}:preview", token=other_shop.staff_token, json={})
    assert (answer.status_code, answer.json["code"]) == (404, "import_not_found")


def test_drafts_that_nobody_started_are_forgotten_after_a_day(shop):
    run_id = make(shop)
    with shop.bound():
        service.sweep()
        assert service.file_of(run_id).exists()
    with shop.bound(), travel(timedelta(days=1, minutes=1).total_seconds()):
        service.sweep()
        assert not service.file_of(run_id).exists()
        assert db.session.execute(text("SELECT count(*) FROM import_run")).scalar() == 0


@pytest.mark.parametrize("kind", service.KINDS)
def test_template_has_every_needed_column_and_its_example_can_be_read(kind, tmp_path):
    path = tmp_path / "t.xlsx"
    path.write_bytes(template(kind))
    with open_rows(path, "t.xlsx") as rows:
        names = rows.columns
        (example,) = list(rows)
    columns = columns_of(SCHEMAS[kind], names)
    assert columns.ignored == ()
    assert set(required_fields(SCHEMAS[kind])) <= columns.headers.keys()
    SCHEMAS[kind]().load(columns.pick(example.values))


def test_template_is_downloaded_by_who_may_import(shop):
    path = f"{CONSOLE}/imports/templates/products.xlsx"
    answer = shop.get(path, token=shop.staff_token)
    assert (answer.status_code, answer.data[:2]) == (200, b"PK")
    assert shop.get(path, token=staff_token(shop, "clerk")).status_code == 403
    assert shop.get(f"{CONSOLE}/imports/templates/secrets.xlsx", token=shop.staff_token).status_code == 404
