"""Uploads at the console: what is refused at once, what a worker does later, and the report."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import text

from core.db import db
from core.host import jobs
from core.imports import runs, service
from tests.core.imports_http.test_runs import PRODUCTS

CONSOLE = "/console/api/v1"


def upload(shop: Any, content: bytes, name: str, kind: str = "products", **query: str) -> Any:
    return shop.post(
        f"{CONSOLE}/imports", token=shop.staff_token, query_string={"kind": kind, **query},
        data={"file": (io.BytesIO(content), name)},
    )


def finished(shop: Any, run: dict[str, Any]) -> dict[str, Any]:
    """The run after the worker had its turn."""
    jobs.work(shop.app, ("core",), burst=True)
    return shop.get(f"{CONSOLE}/imports/{run['id']}", token=shop.staff_token).json


def nothing_stored(shop: Any) -> bool:
    with shop.bound():
        files = list(service.file_of(0).parent.glob("*")) if service.file_of(0).parent.exists() else []
        stored = db.session.execute(text("SELECT (SELECT count(*) FROM sku), (SELECT count(*) FROM import_run)")).one()
        return (files, tuple(stored)) == ([], (3, 0))


def test_upload_is_imported_by_a_worker_and_its_file_deleted(shop):
    answer = upload(shop, PRODUCTS.encode(), "商品.csv")
    assert (answer.status_code, answer.json["state"], answer.json["filename"]) == (202, "waiting", "商品.csv")
    run = finished(shop, answer.json)
    assert (run["state"], run["created"], run["done_permille"]) == ("done", 3, 1000)
    with shop.bound():
        assert not service.file_of(int(run["id"])).exists()
    assert [item["id"] for item in shop.get(f"{CONSOLE}/imports", token=shop.staff_token).json["items"]] == [run["id"]]


def test_report_is_paged_and_can_be_downloaded(shop):
    lines = "".join(f"P{i},=cmd{i},-1\n" for i in range(150))
    run = finished(shop, upload(shop, f"货号,商品名称,售价\n{lines}".encode(), "p.csv").json)
    assert (run["state"], run["failed"]) == ("done", 150)
    path = f"{CONSOLE}/imports/{run['id']}/faults"
    first = shop.get(path, token=shop.staff_token).json
    rest = shop.get(path, token=shop.staff_token, query_string={"cursor": first["next_cursor"]}).json
    assert [f["line"] for f in first["items"] + rest["items"]] == list(range(2, 152))
    assert rest["next_cursor"] is None
    table = shop.get(f"{path}.csv", token=shop.staff_token)
    rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert (table.content_type, len(rows), rows[0][0], rows[1][3]) == (
        "text/csv; charset=utf-8", 151, "行号", "price_negative",
    )


def bomb() -> bytes:
    """A workbook of a few hundred kB whose sheet unpacks to 300 MB."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(b" " * 1024 * 1024)
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (bomb, "bomb.xlsx", 413, "import_archive_bomb"),
        (b"PK\x03\x04 nonsense", "p.xlsx", 422, "import_file_broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "p.xls", 415, "import_old_excel"),
        (b"\x89PNG\r\n\x1a\n\0\0", "p.png", 415, "import_type_unsupported"),
        (b"[{}]", "p.json", 415, "import_json_array"),
        (b"", "p.csv", 422, "import_file_empty"),
        ("货号,名称\nP1,甲\n".encode(), "p.csv", 422, "import_missing_columns"),
        ("货号,货号,名称,售价\n".encode(), "p.csv", 422, "import_duplicate_column"),
        ("货号,名称,售价\nP1,".encode() + b"\xff\xff\xff,1\n", "p.csv", 422, "import_encoding_unknown"),
    ],
)
def test_file_that_cannot_be_read_is_refused_at_once(shop, content, name, status, code):
    refused = upload(shop, content() if callable(content) else content, name)
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (status, code, "file")
    assert nothing_stored(shop)


def test_hundred_megabytes_are_413_without_being_kept(shop):
    refused = upload(shop, b"x" * (100 * 1024 * 1024), "p.csv")
    assert (refused.status_code, refused.json["code"]) == (413, "too_large")
    assert nothing_stored(shop)


@pytest.mark.parametrize(
    ("query", "field"), [({"kind": "orders"}, "kind"), ({"kind": "stock", "store_code": "a b"}, "store_code")]
)
def test_upload_of_an_unknown_kind_or_store_is_422(shop, query, field):
    refused = upload(shop, PRODUCTS.encode(), "p.csv", **query)
    assert (refused.status_code, refused.json["field"]) == (422, field)
    assert nothing_stored(shop)


def test_upload_without_a_file_is_422(shop):
    refused = shop.post(f"{CONSOLE}/imports?kind=products", token=shop.staff_token, data={})
    assert (refused.status_code, refused.json["field"]) == (422, "file")


def test_interrupted_run_is_started_again_once_its_file_is_there(shop):
    run = upload(shop, PRODUCTS.encode(), "p.csv").json
    with shop.bound():
        runs.finish(int(run["id"]), "interrupted", "import_interrupted", "导入中断")
        db.session.commit()
    again = shop.post(f"{CONSOLE}/imports/{run['id']}:again", token=shop.staff_token)
    assert again.status_code == 202
    assert finished(shop, run)["state"] == "done"
    refused = shop.post(f"{CONSOLE}/imports/{run['id']}:again", token=shop.staff_token)
    assert (refused.status_code, refused.json["code"]) == (409, "import_not_interrupted")


def test_runs_of_another_shop_are_404(shop, other_shop):
    run = upload(shop, PRODUCTS.encode(), "p.csv").json
    for path in ("", "/faults", "/faults.csv"):
        answer = other_shop.get(f"{CONSOLE}/imports/{run['id']}{path}", token=other_shop.staff_token)
        assert (answer.status_code, answer.json["code"]) == (404, "import_not_found")
    assert shop.get(f"{CONSOLE}/imports/{run['id']}", token=other_shop.staff_token).status_code in {401, 403}
