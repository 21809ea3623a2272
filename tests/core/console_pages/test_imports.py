from __future__ import annotations

import io
import re

import pytest

from core.db import db
from core.host import jobs
from core.imports import runs
from tests.core.console_http.acting import staff_token
from tests.core.console_pages.catalog_data import cost
from tests.core.console_pages.test_products import NASTY, read
from tests.core.console_pages.visitor import Visitor

RUNS, NEW = "/console/imports", "/console/imports/new"
PLAIN = "货号,商品名称,售价\nA1,苹果,12.80\nA2,香蕉,abc\nMILK,鲜牛奶,13.00\n"
FOREIGN = "Artikel,Bezeichnung,Preis,Notiz\nA1,Apfel,12.80,x\nA2,Birne,9.90,y\n"


def upload(visitor: Visitor, content: str | bytes, name: str = "a.csv", kind: str = "products", **fields: str):
    data = content.encode() if isinstance(content, str) else content
    typed = {"kind": kind, "file": (io.BytesIO(data), name), **fields}
    return visitor.post(NEW, typed, content_type="multipart/form-data")


def chosen(page: str) -> dict[str, str]:
    """What each column of the file is taken for, as the page has it."""
    found = {}
    for name, number in re.findall(r'for="f-target-\d+">(.*?)</label>\s*<input type="hidden" name="column\.(\d+)"', page):
        select = re.search(rf'name="target\.{number}">(.*?)</select>', page, re.DOTALL)[1]
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', select)), "")
    return found


def form(page: str, **targets: str) -> dict[str, str]:
    """The mapping form; `targets` by name of the column."""
    names = dict(re.findall(r'name="column\.(\d+)" value="([^"]*)"', page))
    columns = {f"column.{number}": name for number, name in names.items()}
    now = chosen(page) | targets
    return columns | {f"target.{number}": now[name] for number, name in names.items()}


def target(page: str, label: str) -> str:
    """The value of a target by the beginning of its label."""
    return re.search(rf'<option value="([^"]+)"[^>]*>{label}', page)[1]


def test_list_says_what_to_do_first(visitor):
    assert "先预览再导入" in visitor.get(RUNS)


def test_upload_leads_to_a_preview_that_imports_nothing(shop, visitor):
    answer = upload(visitor, PLAIN)
    page = visitor.get(answer.location)
    assert (answer.status_code, re.fullmatch(r"/console/imports/\d+/preview", answer.location) is not None) == (303, True)
    tags = re.findall(r'<td><span class="tag tone-(\w+)">(.*?)</span>', page)
    assert tags == [("success", "新增"), ("danger", "有错"), ("brand", "更新")]
    assert read(shop, "SELECT count(*) FROM sku WHERE code IN ('A1', 'A2')") == [(0,)]


def test_started_import_reports_what_became_of_it(shop, visitor):
    place = upload(visitor, PLAIN).location
    answer = visitor.post(place, {**form(visitor.get(place)), "start": "1"})
    run = answer.location
    waiting = visitor.get(run)
    assert ('data-refresh="2"' in waiting, "排队中" in waiting) == (True, True)
    jobs.work(shop.app, ("core",), burst=True)
    page = visitor.get(run)
    figures = re.findall(r'<strong class="figure-value">(\d+)</strong>', page)
    assert (figures, "data-refresh" in page, "已完成" in page) == (["1", "1", "0", "1"], False, True)
    assert ("香蕉" in page or "abc" in page, "下载出错清单" in page) == (True, True)
    table = visitor.open(f"{run}/faults.csv").get_data().decode("utf-8-sig").splitlines()
    assert (len(table), table[1].startswith("3,售价,abc,")) == (2, True)
    assert "a.csv" in visitor.get(RUNS)


def test_file_with_foreign_heads_is_imported_through_the_mapping(shop, visitor):
    place = upload(visitor, FOREIGN).location
    page = visitor.get(place)
    assert (set(chosen(page).values()), "还缺少必填的列" in page) == ({""}, True)
    refused = visitor.post(place, {**form(page), "start": "1"})
    assert (refused.status_code, "缺少" in refused.text) == (200, True)
    targets = {"Artikel": target(page, "货号"), "Bezeichnung": target(page, "商品名称"), "Preis": target(page, "售价（元）")}
    again = visitor.post(place, {**form(page, **targets), "again": "1"}).text
    assert (chosen(again), "还缺少必填的列" in again) == ({**targets, "Notiz": ""}, False)
    assert re.findall(r'<td><span class="tag tone-(\w+)">', again) == ["success", "success"]
    visitor.post(place, {**form(again), "start": "1"})
    jobs.work(shop.app, ("core",), burst=True)
    rows = read(shop, "SELECT s.code, p.title, s.list_price_fen FROM sku s JOIN product p ON p.id = s.product_id"
                " WHERE s.code LIKE 'A_' ORDER BY 1")
    assert rows == [("A1", "Apfel", 1280), ("A2", "Birne", 990)]


def test_starting_twice_by_one_form_is_one_run(shop, visitor):
    place = upload(visitor, PLAIN).location
    page = visitor.get(place)
    hidden = dict(re.findall('name="(csrf|once)" value="([^"]*)"', page.split('id="form"')[1]))
    answers = [visitor.open(place, "POST", data={**form(page), **hidden, "start": "1"}) for _ in range(2)]
    assert ([answer.status_code for answer in answers], answers[0].location) == ([303, 303], answers[1].location)
    assert read(shop, "SELECT count(*), min(state) FROM import_run") == [(1, "waiting")]


def test_started_run_has_no_preview_any_more(visitor):
    place = upload(visitor, PLAIN).location
    visitor.post(place, {**form(visitor.get(place)), "start": "1"})
    assert visitor.open(place).status_code == 409


def test_draft_is_thrown_away(shop, visitor):
    place = upload(visitor, PLAIN).location
    answer = visitor.post(place.replace("preview", "discard"), page=place)
    assert (answer.location, read(shop, "SELECT count(*) FROM import_run")) == (RUNS, [(0,)])


@pytest.mark.parametrize(
    ("content", "name"), [(b"\xd0\xcf\x11\xe0old", "a.xls"), (b"PK\x03\x04broken", "a.xlsx"), (b"", "a.csv")]
)
def test_file_that_can_not_be_read_is_refused_beside_its_field(shop, visitor, content, name):
    answer = upload(visitor, content, name, kind="prices")
    assert (answer.status_code, 'id="f-file-error"' in answer.text) == (200, True)
    assert '<option value="prices" selected>' in answer.text
    assert read(shop, "SELECT count(*) FROM import_run") == [(0,)]


def test_upload_without_a_file_says_so(visitor):
    page = visitor.post(NEW, {"kind": "stock"}).text
    assert ("请先选择要导入的表格文件" in page, '<option value="stock" selected>' in page) == (True, True)


def test_file_of_several_megabytes_is_taken(visitor):
    rows = "".join(f"A{number},{'苹' * 100},12.80\n" for number in range(12_000))
    assert upload(visitor, f"货号,商品名称,售价\n{rows}").status_code == 303


def test_what_stands_in_a_file_is_text(shop, visitor):
    heads = f"货号,商品名称,售价,{NASTY.replace(',', '')}\n"
    place = upload(visitor, f"{heads}A1,{NASTY},abc,{NASTY}\n", f"{NASTY}.csv").location
    preview = visitor.get(place)
    run = visitor.post(place, {**form(preview), "start": "1"}).location
    jobs.work(shop.app, ("core",), burst=True)
    pages = [preview, visitor.get(run), visitor.get(RUNS)]
    assert [NASTY in page for page in pages] == [False] * 3
    assert "&lt;script&gt;" in preview


def test_templates_are_workbooks(visitor):
    kinds = ("products", "prices", "stock", "members")
    assert [visitor.open(f"{RUNS}/templates/{kind}.xlsx").get_data()[:2] for kind in kinds] == [b"PK"] * 4
    assert visitor.open(f"{RUNS}/templates/orders.xlsx").status_code == 404


def test_faults_come_in_pages_and_statements_do_not_grow(shop, visitor):
    rows = "".join(f"A{number},梨,abc\n" for number in range(60))
    place = upload(visitor, f"货号,商品名称,售价\n{rows}").location
    run = visitor.post(place, {**form(visitor.get(place)), "start": "1"}).location
    few = cost(visitor, run)
    jobs.work(shop.app, ("core",), burst=True)
    page = visitor.get(run)
    assert (cost(visitor, run), few <= 15, 'rel="next"' in page) == (few, True, True)
    onward = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert len(re.findall("<tr>", visitor.get(onward).split("<tbody>")[1])) == 10


def test_interrupted_run_is_started_again(shop, visitor):
    place = upload(visitor, PLAIN).location
    run = visitor.post(place, {**form(visitor.get(place)), "start": "1"}).location
    with shop.bound():
        runs.finish(int(run.rpartition("/")[2]), "interrupted", "import_interrupted", "导入中断")
        db.session.commit()
    assert "重新开始" in visitor.get(run)
    assert visitor.post(f"{run}/again", page=run).location == run
    jobs.work(shop.app, ("core",), burst=True)
    assert "已完成" in visitor.get(run)


@pytest.mark.parametrize("path", ["", "/new", "/1", "/1/preview", "/1/faults.csv", "/templates/stock.xlsx"])
def test_clerk_may_not_import(shop, path):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    assert clerk.open(RUNS + path).status_code == 403
    assert clerk.post(NEW, {"kind": "stock"}, page="/console/products").status_code == 403


def test_unknown_run_is_not_found(visitor):
    assert [visitor.open(f"{RUNS}/99{path}").status_code for path in ("", "/preview", "/faults.csv")] == [404] * 3
