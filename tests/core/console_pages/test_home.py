"""The home page's editor: blocks are added, moved, hidden and removed; texts stay texts; two editors; plugins that went."""

from __future__ import annotations

import io
import json
import re
from importlib.resources import files

import pytest
from flask import render_template_string
from sqlalchemy import text

from core.console.views import home_entries as editor
from core.db import db
from core.media.pictures import MAX_BYTES
from core.pages import home
from tests.core.console_http.acting import actions, one, staff_token
from tests.core.console_pages.catalog_data import drawn_picture
from tests.core.console_pages.visitor import Visitor

PATH = "/console/home"
NOTICE = {"kind": "core.notice", "settings": {"text": "今日 18:00 截单"}}
TITLE = {"kind": "core.title", "settings": {"text": "到店须知"}}
RICH = {"kind": "core.rich-text", "settings": {"html": "<p>早 6 点到货</p>"}}
SCHEMA = json.loads(files("core.plugin").joinpath("blocks.schema.json").read_text("utf-8"))["$defs"]
EXAMPLES = {name[6:]: about["examples"] for name, about in SCHEMA.items() if name.startswith("block.")}
FIELDS = re.compile(r'name="(version|mark)" value="([^"]*)"')


def arrange(shop, *entries):
    with shop.bound():
        home.replace(shop.context(), entries)
        db.session.commit()


def arranged(shop):
    with shop.bound():
        found = home.arrangement()
        db.session.rollback()
    return [(entry["kind"].partition(".")[2], bool(entry.get("hidden"))) for entry in found]


def press(visitor, position, act, version=0):
    with visitor.shop.bound():
        mark = editor.mark(home.arrangement()[position])
        db.session.rollback()
    return visitor.post(f"{PATH}/blocks/{position}/{act}", {"version": str(version), "mark": mark}, page=PATH)


def feed(shop):
    return [block["type"] for block in shop.get("/store/api/v1/home").json["blocks"]]


def test_new_shop_shows_the_default_and_keeps_it_when_something_is_added(visitor, shop):
    page = visitor.get(PATH)
    assert "现在显示的是默认首页" in page
    assert "五花肉" in page
    typed = {"text": "开张", "tone": "brand", "link": "none", "target": ""}
    assert visitor.post(f"{PATH}/new/core.notice", typed).status_code == 303
    assert arranged(shop) == [("product-grid", False), ("notice", False)]
    assert actions(shop) == ["home.replace"]


def test_blocks_move_hide_and_go(visitor, shop):
    arrange(shop, NOTICE, TITLE, RICH)
    assert press(visitor, 2, "up").status_code == 303
    assert press(visitor, 0, "down", 1).status_code == 303
    assert arranged(shop) == [("rich-text", False), ("notice", False), ("title", False)]
    assert press(visitor, 0, "hide", 2).status_code == 303
    assert feed(shop) == ["notice", "title"]
    assert "已隐藏" in visitor.get(PATH)
    assert press(visitor, 0, "show", 3).status_code == 303
    assert feed(shop) == ["rich-text", "notice", "title"]
    assert press(visitor, 1, "remove", 4).status_code == 303
    assert arranged(shop) == [("rich-text", False), ("title", False)]
    assert visitor.post(f"{PATH}/reset", {"version": "5"}, page=PATH).status_code == 303
    assert arranged(shop) == []


def test_block_is_edited_with_its_error_beside_the_field(visitor, shop):
    arrange(shop, TITLE)
    path = f"{PATH}/blocks/0"
    fields = dict(FIELDS.findall(visitor.get(path)))
    bad = {"text": "新品<i>", "subtitle": "", "more": "", "link": "product", "target": "abc"}
    answer = visitor.post(path, fields | bad)
    assert answer.status_code == 200
    assert re.search(r'id="f-target-error">请填写商品编号<', answer.text)
    assert 'value="新品&lt;i&gt;"' in answer.text
    assert visitor.post(path, fields | bad | {"target": "7"}).status_code == 303
    assert one(shop, "SELECT settings->>'target' FROM home_block") == "7"


def test_preview_shows_and_stores_nothing(visitor, shop):
    typed = {"text": "先看看", "subtitle": "", "more": "", "link": "none", "target": "", "act": "preview"}
    answer = visitor.post(f"{PATH}/new/core.title", typed)
    assert answer.status_code == 200
    assert '<div class="b-title"><b>先看看</b>' in answer.text
    assert "还没保存，只是预览" in answer.text
    assert arranged(shop) == []


def test_second_editor_is_told_and_the_right_block_is_changed(visitor, shop):
    arrange(shop, NOTICE, TITLE)
    path = f"{PATH}/blocks/1"
    fields = dict(FIELDS.findall(visitor.get(path)))
    colleague = Visitor(shop, staff_token(shop, "manager", name="小李"))
    assert press(colleague, 1, "up").status_code == 303
    typed = {"text": "改过的标题", "subtitle": "", "more": "", "link": "none", "target": ""}
    late = visitor.post(path, fields | typed)
    assert late.status_code == 200
    assert re.search(r"刚刚被 小李 在 \d\d:\d\d 修改，请核对后再保存", late.text)
    assert 'value="改过的标题"' in late.text
    again = dict(FIELDS.findall(late.text))
    assert visitor.post(path, again | typed).status_code == 303
    with shop.bound():
        assert [entry["settings"]["text"] for entry in home.arrangement()] == ["改过的标题", "今日 18:00 截单"]


def test_block_that_somebody_removed_is_not_written_over_another(visitor, shop):
    arrange(shop, NOTICE, TITLE)
    path = f"{PATH}/blocks/1"
    fields = dict(FIELDS.findall(visitor.get(path)))
    assert press(visitor, 0, "remove").status_code == 303
    assert press(visitor, 0, "hide", 1).status_code == 303
    arrange(shop, NOTICE, RICH)
    typed = {"text": "改过的", "subtitle": "", "more": "", "link": "none", "target": "", "version": "2"}
    answer = visitor.post(path, fields | typed)
    assert answer.status_code in {200, 404}
    assert arranged(shop) == [("notice", False), ("rich-text", False)]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("core.notice", {"text": "<script>alert(1)</script>"}),
        ("core.title", {"text": "<img src=x>"}),
        ("core.rich-text", {"html": '<p onclick="x()">好</p><script>alert(1)</script><img src="https://a.example/b.png">'}),
    ],
)
def test_texts_stay_texts(visitor, shop, kind, settings):
    arrange(shop, {"kind": kind, "settings": settings})
    for path in (PATH, f"{PATH}/blocks/0"):
        page = visitor.get(path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<p onclick" not in page
        assert 'src="https://a.example' not in page


def test_kind_of_a_plugin_that_went_off_is_shown_and_can_be_removed(visitor, shop):
    arrange(shop, NOTICE)
    with shop.bound():
        row = "(2, 'gone.card', '{\"title\": \"旧\"}')"
        db.session.execute(text(f"INSERT INTO home_block (position, kind, settings) VALUES {row}"))
        db.session.commit()
    page = visitor.get(PATH)
    assert "插件未开启" in page
    assert "gone.card" in page
    assert press(visitor, 1, "up").status_code == 303
    assert arranged(shop) == [("card", False), ("notice", False)]
    assert visitor.open(f"{PATH}/blocks/0").status_code == 404
    assert press(visitor, 0, "remove", 1).status_code == 303
    assert arranged(shop) == [("notice", False)]


def test_page_is_full_at_thirty(visitor, shop):
    arrange(shop, *[NOTICE] * 30)
    assert "首页最多放 30 块内容，请先移除不用的" in visitor.get(PATH)
    more = {"text": "一", "tone": "brand", "link": "none", "target": ""}
    answer = visitor.post(f"{PATH}/new/core.notice", more)
    assert "首页最多放 30 块内容，请先移除不用的" in answer.text
    assert len(arranged(shop)) == 30


def test_every_type_of_block_is_drawn(shop):
    """The preview draws each example of the schema."""
    drawn = "{% import 'console/home/blocks.html' as phone with context %}{{ phone.block(one) }}"
    assert len(EXAMPLES) == 20
    with shop.app.test_request_context("/console/home"):
        for name, examples in EXAMPLES.items():
            for props in examples:
                page = render_template_string(drawn, one={"id": "x", "type": name, "props": props, "children": []})
                assert f'<p class="b-empty">{name}' not in page
                assert page.strip() != ""


def test_home_is_for_who_may(shop, visitor):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    assert [clerk.open(path).status_code for path in (PATH, f"{PATH}/new/core.notice", f"{PATH}/blocks/0")] == [403] * 3
    assert visitor.open(f"{PATH}/new/core.nothing").status_code == 404
    assert visitor.open(f"{PATH}/blocks/9").status_code == 404


def test_statements_do_not_grow_with_blocks(visitor, shop):
    arrange(shop, NOTICE)
    visitor.get(PATH)
    visitor.get(PATH)
    before = len(visitor.statements)
    arrange(shop, *[NOTICE] * 20)
    visitor.get(PATH)
    visitor.get(PATH)
    assert (before <= 8, len(visitor.statements) <= 8) == (True, True)


BANNER = f"{PATH}/new/core.banner"


def sent(name: str, content: bytes, **typed: str) -> dict:
    usual = {"items.0.title": "春节", "items.0.link": "none", "items.0.target": "", "shape": "wide"}
    return {**usual, **typed, name: (io.BytesIO(content), "横幅.png")}


def pictures(shop) -> list[str]:
    return [item["img"] for item in one(shop, "SELECT settings->'items' FROM home_block WHERE kind = 'core.banner'")]


def test_banner_picture_is_uploaded_from_the_form(visitor, shop):
    assert 'name="items.0.img.file"' in visitor.get(BANNER)
    answer = visitor.post(BANNER, sent("items.0.img.file", drawn_picture()), content_type="multipart/form-data")
    (address,) = pictures(shop)
    assert answer.status_code == 303
    assert re.fullmatch(rf"/media/{shop.ref.key}/[0-9a-f]{{64}}-320\.webp", address)
    assert visitor.open(address).content_type == "image/webp"
    assert f'src="{address}"' in visitor.get(PATH)
    assert f'value="{address}"' in visitor.get(f"{PATH}/blocks/1")


def test_upload_goes_before_the_address_that_was_typed(visitor, shop):
    typed = sent("items.1.img.file", drawn_picture(), **{"items.0.img": "/a.png", "items.1.img": "/b.png"})
    assert visitor.post(BANNER, typed, content_type="multipart/form-data").status_code == 303
    assert [address[:7] for address in pictures(shop)] == ["/a.png", "/media/"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"<svg onload=alert(1)>", "无法识别这张图片"), (b"", "无法识别这张图片"), (b"\0" * (MAX_BYTES + 1), "图片超过 10 MB")],
)
def test_picture_that_is_not_taken_says_why_beside_its_field(visitor, shop, content, message):
    typed = sent("items.3.img.file", content, **{"items.0.img": "/a.png", "items.3.title": "<b>中秋</b>"})
    answer = visitor.post(BANNER, typed, content_type="multipart/form-data")
    assert (answer.status_code, arranged(shop)) == (200, [])
    assert re.search(rf'id="f-items-3-img-error">{message}', answer.text)
    assert all(f'value="{text}"' in answer.text for text in ("/a.png", "春节", "&lt;b&gt;中秋&lt;/b&gt;", "横幅.png"))


def test_picture_is_kept_when_something_else_is_wrong(visitor, shop):
    typed = sent("items.0.img.file", drawn_picture(), **{"items.0.link": "product", "items.0.target": "abc"})
    page = visitor.post(BANNER, typed, content_type="multipart/form-data").text
    address = re.search(r'name="items\.0\.img" value="(/media/[^"]+)"', page)[1]
    assert (arranged(shop), "请填写商品编号" in page) == ([], True)
    again = {"items.0.img": address, "items.0.title": "春节", "items.0.link": "none", "shape": "wide"}
    assert visitor.post(BANNER, again).status_code == 303
    assert pictures(shop) == [address]


def test_preview_shows_the_picture_that_was_chosen(visitor, shop):
    typed = sent("items.0.img.file", drawn_picture(), act="preview")
    page = visitor.post(BANNER, typed, content_type="multipart/form-data").text
    assert re.search(r'<div class="b-banner"><img class="b-img b-wide" src="/media/', page)
    assert arranged(shop) == []


def test_clerk_may_not_upload_for_the_home_page(shop):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    answer = clerk.post(BANNER, sent("items.0.img.file", drawn_picture()), page="/console/products",
                        content_type="multipart/form-data")
    assert answer.status_code == 403
