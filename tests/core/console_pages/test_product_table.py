"""The exported table comes back: as it is it changes nothing, and a changed cell changes exactly that."""

from __future__ import annotations

import csv
import io
import re

import openpyxl
import pytest
from sqlalchemy import text

from core.catalog import editing
from core.db import db
from core.host import jobs
from tests.core.console_http.acting import staff_token
from tests.core.console_pages.catalog_data import add_category, add_products, cost, product, sku
from tests.core.console_pages.test_imports import form, upload
from tests.core.console_pages.test_products import LIST, NASTY, read
from tests.core.console_pages.visitor import Visitor

EVERYTHING = """
    SELECT s.code, p.title, p.keywords, p.on_shelf, p.origin, p.description, p.video_url, p.category_id, p.brand_id, s.spec,
           s.unit, s.weighed, s.list_price_fen, s.member_price_fen, s.cost_fen, s.active, s.plu,
           ARRAY(SELECT barcode FROM sku_barcode b WHERE b.sku_id = s.id ORDER BY 1) AS barcodes
    FROM sku s JOIN product p ON p.id = s.product_id ORDER BY s.code
"""
KINDS = ("csv", "xlsx")


@pytest.fixture
def oddities(shop) -> None:
    """Goods whose words a table could spoil."""
    drinks = add_category(shop, "酒/水")
    red = add_category(shop, "红 > 白", drinks)
    with shop.bound():
        db.session.execute(text("INSERT INTO brand (name) VALUES ('=品牌')"))
        brand = db.session.execute(text("SELECT id FROM brand")).scalar_one()
        formula = sku("-A1", 1280, spec="+1", unit="@瓶", member_price_fen=1199, cost_fen=5, barcodes=["6901234567892"])
        editing.create_product(product(
            "=1+1", formula, sku("007", 300, spec="称重", plu="00042", active=False), category_id=red, brand_id=brand,
            keywords="'-引号", origin="＝产地", description="第一行  很宽\r\n\r\n@第三行 \r\n", on_shelf=False,
        ))  # fmt: skip
        editing.create_product(product("''=两个引号", sku("Q2", 1), category_id=drinks, description=f"'{NASTY}"))
        db.session.commit()


def exported(visitor: Visitor, kind: str, asked: str = "") -> bytes:
    return visitor.open(f"{LIST}/export.{kind}{asked}").get_data()


def tags(page: str) -> list[str]:
    return re.findall(r'<td><span class="tag tone-\w+">(.*?)</span>', page)


def imported(shop, visitor, content: bytes, kind: str) -> dict[str, int]:
    """Rows by outcome after the file was imported as it is guessed."""
    place = upload(visitor, content, f"商品.{kind}").location
    visitor.post(place, {**form(visitor.get(place)), "start": "1"})
    jobs.work(shop.app, ("core",), burst=True)
    ((counts),) = read(shop, "SELECT created, updated, unchanged, failed FROM import_run ORDER BY id DESC LIMIT 1")
    return dict(zip(("new", "updated", "unchanged", "failed"), counts, strict=True))


def with_price(content: bytes, kind: str, code: str, price: str) -> bytes:
    """The table with another price in one row."""
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        row = next(row for row in rows if row[0] == code)
        row[rows[0].index("售价")] = price
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        return out.getvalue().encode()
    book = openpyxl.load_workbook(io.BytesIO(content))
    heads = [cell.value for cell in book.active[1]]
    row = next(row for row in book.active.iter_rows() if row[0].value == code)
    row[heads.index("售价")].value = float(price)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_table_that_comes_back_as_it_is_changes_nothing(shop, visitor, oddities, kind, language):
    visitor.client.set_cookie("jishi-lang", language, domain=visitor.host)
    before = read(shop, EVERYTHING)
    page = visitor.get(upload(visitor, exported(visitor, kind), f"a.{kind}").location)
    assert tags(page) == [{"zh": "没有变化", "en": "Unchanged"}[language]] * len(before)
    unread = {"zh": "不导入的列：已停售、现存、可售", "en": ""}[language]
    assert (unread in page, NASTY in page) == (True, False)
    assert imported(shop, visitor, exported(visitor, kind), kind) == {"new": 0, "updated": 0, "unchanged": 6, "failed": 0}
    assert (read(shop, EVERYTHING), read(shop, "SELECT count(*) FROM category")) == (before, [(2,)])


@pytest.mark.parametrize("kind", KINDS)
def test_changed_price_is_all_that_changes(shop, visitor, oddities, kind):
    before = read(shop, EVERYTHING)
    content = with_price(exported(visitor, kind), kind, "'-A1", "13.5")
    page = visitor.get(upload(visitor, content, f"a.{kind}").location)
    assert sorted(tags(page)) == ["更新", *["没有变化"] * 5]
    assert imported(shop, visitor, content, kind) == {"new": 0, "updated": 1, "unchanged": 5, "failed": 0}
    after = read(shop, EVERYTHING)
    cheap = before[0]
    assert (cheap[0], cheap[12], after) == ("-A1", 1280, [(*cheap[:12], 1350, *cheap[13:]), *before[1:]])


@pytest.mark.parametrize("kind", KINDS)
def test_table_makes_the_same_goods_in_an_empty_shop(shop, visitor, oddities, kind):
    wanted = """SELECT s.code, p.title, p.keywords, s.spec, s.unit, p.origin, s.list_price_fen, s.cost_fen, c.name, b.name
        FROM sku s JOIN product p ON p.id = s.product_id LEFT JOIN category c ON c.id = p.category_id
        LEFT JOIN brand b ON b.id = p.brand_id ORDER BY s.code"""
    content, before = exported(visitor, kind), read(shop, wanted)
    with shop.bound():
        for table in ("stock_move", "stock", "sku_barcode", "sku", "product", "brand", "category"):
            db.session.execute(text(f"DELETE FROM {table}"))
        db.session.commit()
    assert imported(shop, visitor, content, kind)["new"] == 6
    assert read(shop, wanted) == before


def test_table_has_what_the_list_shows(shop, visitor, oddities):
    add_products(shop, 3)
    found = exported(visitor, "csv", "?tab=off").decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in found if line.split(",")[0] in ("'-A1", "007", "Q2", "MILK")] == ["'-A1", "007"]


def test_costs_are_not_for_everybody(shop, visitor, oddities):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    heads = [exported(one, "csv").decode("utf-8-sig").splitlines()[0].split(",") for one in (visitor, clerk)]
    assert ["进价" in head for head in heads] == [True, False]


def test_table_takes_as_many_statements_for_sixty_goods_as_for_three(shop, visitor):
    few = cost(visitor, f"{LIST}/export.csv")
    add_products(shop, 57)
    assert (cost(visitor, f"{LIST}/export.csv"), few <= 10) == (few, True)
