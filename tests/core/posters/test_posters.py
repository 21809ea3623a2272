"""Posters: what stands on them, safe against any name, the code fetched once."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from core.db import db
from core.payments import profiles
from core.posters import drawing, service
from core.posters.drawing import Sheet
from core.posters.errors import UnknownSize
from core.stores.errors import StoreNotFound

SVG = "{http://www.w3.org/2000/svg}"
NASTY = (
    "<script>alert(1)</script>",
    "\"'&<>]]>",
    "永辉超市" * 30,
    "a" * 400,
    "\x00\x08\u202e右到左\ud800\uffff",
    "",
    " \n\t ",
    "Ώ👨‍👩‍👧 店",
)


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def sheet(name: str) -> Sheet:
    return Sheet(name, name, name, name, name, name, drawing.plain_code("https://example.cn/"))


def test_poster_of_a_store_without_mini_program_leads_to_the_shop(shop):
    with shop.bound():
        svg = service.poster(shop.store_id, "A4")
        assert texts(svg) == [
            "alpha", "中兴店", service.PLAIN_CALL, service.PLAIN_HOW, "中兴西大街128号", "0319-0000001"
        ]  # fmt: skip
        assert service.shop_address(shop.store_id).partition("//")[2].partition(":")[0] == f"{shop.ref.slug}.localhost"
        assert service.shop_address(shop.store_id).endswith(f"/?scene=s={shop.store_id}")


def test_poster_of_the_shop_names_no_store(shop):
    with shop.bound():
        assert texts(service.poster(None)) == ["alpha", service.PLAIN_CALL, service.PLAIN_HOW]


@pytest.mark.parametrize(("size", "measures"), [("A4", ("210mm", "297mm")), ("A5", ("148mm", "210mm"))])
def test_size_of_the_sheet(shop, size, measures):
    with shop.bound():
        root = ElementTree.fromstring(service.poster(None, size))
        assert (root.get("width"), root.get("height")) == measures


def test_mini_program_code_is_fetched_once(shop, wechat):
    account = wechat.provision(shop.appid)
    with shop.bound():
        profiles.save_app(shop.appid, account["secret"], "app")
        db.session.commit()
        first, second = service.poster(shop.store_id, "A4"), service.poster(shop.store_id, "A4")
        assert first == second
        assert texts(first)[2] == service.WECHAT_CALL
        assert 'href="data:image/jpeg;base64,/9j/' in first
    codes = [code for code in wechat.get("qrcodes")["qrcodes"] if code["appid"] == shop.appid]
    assert [(code["scene"], code["page"]) for code in codes] == [(f"s={shop.store_id}", service.PAGE)]


def test_scene_fits_wechats_limit():
    assert len(service.scene(2**63 - 1)) <= 32


def test_unknown_store_and_unknown_size(shop):
    with shop.bound():
        with pytest.raises(StoreNotFound):
            service.poster(999_999)
        with pytest.raises(UnknownSize):
            service.poster(None, "A3")


@pytest.mark.parametrize("name", NASTY)
def test_any_name_gives_a_wellformed_poster_with_texts_only(name):
    root = ElementTree.fromstring(drawing.poster_svg(sheet(name), "A4"))
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {"svg", "rect", "path", "g", "text"}
    for node in root.iter(f"{SVG}text"):
        assert drawing._ems(node.text or "") * float(node.get("font-size")) <= 183


def test_plain_code_is_what_a_phone_reads():
    """Every dark module of the code is covered by the path, and nothing else."""
    import re

    import segno

    address = "https://shop.example.cn/?scene=s=1"
    matrix = segno.make(address, error="m", micro=False).matrix
    drawn = [[0] * len(matrix) for _ in matrix]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", drawing.plain_code(address)):
        for step in range(int(length)):
            drawn[int(y)][int(x) + step] = 1
    assert drawn == [list(row) for row in matrix]


def test_name_of_a_store_is_escaped(shop):
    with shop.bound():
        db.session.execute(text("UPDATE store SET name = '<image href=\"x\"/>&'"))
        svg = service.poster(shop.store_id, "A5")
        assert texts(svg)[1] == '<image href="x"/>&'
        assert "<image" not in svg
