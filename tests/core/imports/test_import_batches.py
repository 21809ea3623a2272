from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files

import pytest

from core.imports.errors import ImportFileError, RowError

DEMO = files("core.data.demo").joinpath("xingtai_supermarket_products.csv").read_bytes()
HEAD = "货号,条码,商品名称,售价（元）*,会员价,称重,上架\n"


def found(batches) -> list[tuple[int, str, str, str]]:
    return [(error.line, error.column, error.value, error.code) for batch in batches for error in batch.errors]


def test_demo_products_are_all_taken(load):
    batches = load(DEMO, "products")
    assert [len(batch.rows) for batch in batches] == [445]
    assert found(batches) == []
    assert batches[0].rows[0] == {
        "sku_code": "XT010001",
        "barcodes": ["6990001124024"],
        "title": "大白菜",
        "spec": "散装称重",
        "unit": "kg",
        "weighed": True,
        "category_path": ["生鲜果蔬", "叶菜类"],
        "brand": "本地产",
        "list_price_fen": 198,
        "member_price_fen": None,
        "cost_fen": 148,
        "keywords": "白菜 青麻叶 叶菜类 dabaicai dbc",
        "shelf_location": "A01-01-1",
        "store_code": None,
        "on_shelf": True,
        "video_url": None,
        "origin": None,
        "description": None,
    }
    assert batches[0].ignored == {"stock"}
    assert sum(row["weighed"] for row in batches[0].rows) == 62


def test_demo_file_gives_stock_and_prices_too(load):
    stock = load(DEMO, "stock", defaults={"store_code": "XT01"})[0].rows[0]
    assert stock == {
        "sku_code": "XT010001",
        "barcode": "6990001124024",
        "store_code": "XT01",
        "on_hand": Decimal("31.000"),
        "safety": None,
        "shelf_location": "A01-01-1",
    }
    price = load(DEMO, "prices")[0].rows[0]
    assert (price["sku_code"], price["list_price_fen"], price["cost_fen"]) == ("XT010001", 198, 148)


def test_products_from_jsonl_with_levels_that_hold_slashes(load):
    row = {
        "sku": "CJ1",
        "barcode": "2000000273341",
        "name": "BAGELS",
        "category_l1": "GROCERY",
        "category_l2": "BREAD/BUNS",
        "brand_type": None,
        "manufacturer": "69",
        "price_fen": 429,
    }
    batch = load(json.dumps(row), "products", "p.jsonl")[0]
    assert batch.rows[0]["category_path"] == ["GROCERY", "BREAD/BUNS"]
    assert batch.rows[0]["list_price_fen"] == 429
    assert batch.present == {"sku_code", "barcodes", "title", "category_path", "list_price_fen"}
    assert batch.ignored == {"brand_type", "manufacturer"}


def test_members_from_jsonl(load):
    row = {"member_no": "CJ1", "phone": "19900000001", "joined_at": "2017-01-07T13:55:24+08:00", "tags": {"age": "65+"}}
    assert load(json.dumps(row), "members", "m.jsonl")[0].rows == [
        {
            "member_no": "CJ1",
            "phone": "19900000001",
            "name": None,
            "growth": None,
            "tags": {"age": "65+"},
            "joined_at": datetime(2017, 1, 7, 5, 55, 24, tzinfo=UTC),
        }
    ]


def test_headers_with_units_and_asterisks(load):
    row = load(HEAD + "A1,6901028075831|96385074,大米,￥34.90,33,否,下架\n", "products")[0].rows[0]
    wanted = {
        "barcodes": ["6901028075831", "96385074"],
        "list_price_fen": 3490,
        "member_price_fen": 3300,
        "weighed": False,
        "on_shelf": False,
        "unit": "件",
    }
    assert {name: row[name] for name in wanted} == wanted


def test_header_in_fen_counts_fen(load):
    assert load("货号,售价(分)\nA1,1280\n", "prices")[0].rows[0]["list_price_fen"] == 1280


def test_every_error_of_a_row_is_told_with_line_column_and_value(load):
    batches = load(HEAD + "A1,6901028075832,大米,12.805,,或许,\n,,x,5,,,\nA2,,好,5,6,,\n", "products")
    assert found(batches) == [
        (2, "售价（元）*", "12.805", "price_places"),
        (2, "条码", "6901028075832", "barcode_check_digit"),
        (2, "称重", "或许", "yes_no_invalid"),
        (3, "货号", "", "required"),
        (4, "会员价", "6", "member_price_above_list"),
    ]
    assert batches[0].rows == []
    assert batches[0].errors[1].message == "条码“6901028075832”校验位不对：最后一位应为 1，请对照包装重新录入"


def test_barcode_ruined_by_a_spreadsheet_is_explained(load):
    error = load(HEAD + "A1,6.90103E+12,大米,1,,,\n", "products")[0].errors[0]
    assert error == RowError(
        2,
        "条码",
        "6.90103E+12",
        "barcode_scientific",
        "条码被表格软件变成了科学计数法，已丢失数字；请把该列设为“文本”格式后重新填写条码",
    )


def test_xlsx_numbers_become_exact_barcodes_and_prices(load, workbook):
    data = workbook(
        ["货号", "条码", "商品名称", "售价"], [10001, 6901028075831, "大米", 34.9], [10002, None, "豆腐", "#N/A"]
    )
    batch = load(data, "products", "a.xlsx")[0]
    row = batch.rows[0]
    assert (row["sku_code"], row["barcodes"], row["list_price_fen"]) == ("10001", ["6901028075831"], 3490)
    assert found([batch]) == [(3, "售价", "#N/A", "formula_error")]


def test_article_is_named_by_sku_or_barcode(load):
    batches = load("门店编码,货号,条码,库存\nXT01,A1,,5\nXT01,,6901028075831,1.5\nXT01,,,5\n", "stock")
    assert [(row["sku_code"], row["barcode"]) for row in batches[0].rows] == [("A1", None), (None, "6901028075831")]
    assert found(batches) == [(4, "货号", "", "sku_or_barcode")]


def test_repeated_keys_are_errors_and_the_first_row_counts(load):
    batches = load("sku,barcode,name,price\nA1,96385074,x,1\nA1,,y,1\nA2,96385074,z,1\nA3,,w,1\n", "products", size=1)
    assert found(batches) == [(3, "sku", "A1", "duplicate_row"), (4, "barcode", "96385074", "duplicate_barcode")]
    assert [batch.lines for batch in batches] == [[2], [], [], [5]]
    assert batches[1].errors[0].message == "与第 2 行重复（A1），只导入了前一行，请删去其中一行"


def test_stock_of_two_stores_is_no_repetition(load):
    assert found(load("store,sku,stock\nXT01,A1,1\nXT02,A1,1\nXT01,A1,2\n", "stock")) == [
        (4, "sku", "A1", "duplicate_row")
    ]


def test_phone_of_two_members_is_an_error(load):
    batches = load("会员号,手机号\nM1,19900000001\nM2,19900000001\n", "members")
    assert found(batches) == [(3, "手机号", "19900000001", "duplicate_phone")]


def test_batches_have_their_size_and_lines(load):
    batches = load("sku,price\n" + "".join(f"A{i},1\n" for i in range(1201)), "prices")
    assert [(len(batch.rows), batch.lines[0], batch.last_line) for batch in batches] == [
        (500, 2, 501),
        (500, 502, 1001),
        (201, 1002, 1202),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "code", "message"),
    [
        (
            "编号,名称\n1,x\n",
            "prices",
            "import_missing_columns",
            "缺少必填列：售价。第 1 行须是表头；文件里的列有：编号、名称",
        ),
        ("sku,price,售价\n1,1,1\n", "prices", "import_columns_clash", "列“price”和“售价”是同一项内容，请只保留一列"),
        (
            "sku,stock\n1,1\n",
            "stock",
            "import_missing_columns",
            "缺少必填列：门店编码。第 1 行须是表头；文件里的列有：sku、stock",
        ),
    ],
)
def test_file_whose_header_cannot_work_is_refused_at_once(load, text, kind, code, message):
    with pytest.raises(ImportFileError) as caught:
        load(text, kind)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_file_that_breaks_off_keeps_what_was_read_and_says_so(load):
    batches = load('sku,price\nA1,1\nA2,2\nA3,"3\nA4,4\n', "prices")
    assert [row["sku_code"] for row in batches[-1].rows] == ["A1", "A2"]
    assert (batches[-1].stopped, found(batches)) == (True, [(4, "", "", "import_unclosed_quote")])


def test_jsonl_keys_that_mean_the_same_are_a_row_error(load):
    assert found(load('{"sku": "A", "price": 1, "售价": 2}', "prices", "a.jsonl")) == [(1, "", "", "columns_clash")]


def test_report_never_holds_what_a_database_refuses(load):
    batch = load('{"sku": "A\\u0000", "x\\u0000": 1, "price": "\\ud800"}', "prices", "a.jsonl")[0]
    assert {error.value for error in batch.errors} == {"A\ufffd", "\ufffd"}
    assert batch.ignored == {"x\ufffd"}
