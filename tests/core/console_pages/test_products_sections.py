"""Sections of plugins in the product's form: drawn, kept with what was typed, saved with the product or not at all."""

from __future__ import annotations

import marshmallow as ma
import pytest
from marshmallow.validate import Range

from core.plugin import Column, FormSection, Refused
from tests.core.console_pages.test_products import LIST, read
from tests.core.console_pages.test_products_form import fields, milk
from tests.core.console_pages.visitor import Visitor
from tests.core.extensions import tiny
from tests.core.extensions.conftest import app, calm, other_shop, shop, shops, switch

__all__ = ["app", "calm", "other_shop", "shop", "shops"]


class Mood(ma.Schema):
    level = ma.fields.Integer(required=True, validate=Range(1, 5), metadata={"label": "心情指数"})
    glad = ma.fields.Boolean(load_default=False, metadata={"label": "高兴"})


@pytest.fixture
def saved(shop):  # noqa: F811
    """What the plugin was handed."""
    switch(shop, "moody")
    handed: list = []
    tiny.mood["product_form_sections"] = lambda product_ids, **_: [
        FormSection("<b>心情</b>", Mood, {id_: {"level": 3, "glad": True} for id_ in product_ids})
    ]
    tiny.mood["save_product_form"] = lambda values, product_id, **_: handed.append((product_id, values))
    return handed


@pytest.fixture
def visitor(shop):  # noqa: F811
    return Visitor(shop, shop.staff_token)


def test_section_is_drawn_with_its_values(shop, visitor, saved):  # noqa: F811
    page = visitor.get(milk(shop))
    assert ("&lt;b&gt;心情&lt;/b&gt;" in page, "<b>心情</b>" in page) == (True, False)
    typed = fields(page)
    assert (typed["section-moody.level"], typed["section-moody.glad"]) == ("3", "1")


def test_section_is_saved_with_the_product(shop, visitor, saved):  # noqa: F811
    typed = {**fields(visitor.get(milk(shop))), "section-moody.level": "5", "origin": "河北"}
    assert visitor.post(milk(shop), typed).status_code == 303
    assert [values for _, values in saved] == [{"level": 5, "glad": True}]
    assert read(shop, "SELECT count(*) FROM product WHERE origin = '河北'") == [(1,)]


def test_wrong_value_in_a_section_saves_nothing_and_keeps_what_was_typed(shop, visitor, saved):  # noqa: F811
    typed = {**fields(visitor.get(milk(shop))), "section-moody.level": "9", "origin": "山东"}
    page = visitor.post(milk(shop), typed).text
    assert ('id="f-section-moody-level-error">' in page, 'value="9"' in page, 'value="山东"' in page) == (True, True, True)
    assert (saved, read(shop, "SELECT count(*) FROM product WHERE origin = '山东'")) == ([], [(0,)])


def test_refusal_of_a_plugin_saves_nothing(shop, visitor, saved):  # noqa: F811
    def refuse(**_):
        raise Refused("bad_mood", "今天心情不好")

    tiny.mood["save_product_form"] = refuse
    page = visitor.post(milk(shop), {**fields(visitor.get(milk(shop))), "origin": "辽宁"}).text
    assert ("今天心情不好" in page, 'value="辽宁"' in page) == (True, True)
    assert read(shop, "SELECT count(*) FROM product WHERE origin = '辽宁'") == [(0,)]


def test_failing_plugin_leaves_the_form_alone(shop, visitor, saved):  # noqa: F811
    def fail(**_):
        raise RuntimeError("no")

    tiny.mood["product_form_sections"] = fail
    page = visitor.get(milk(shop))
    assert ("section-moody" in page, 'name="title"' in page) == (False, True)


NEW = f"{LIST}/new"
FRESH = {
    "skus.0.list_price_fen": "9.90", "skus.0.unit": "袋", "skus.0.active": "1",
    "section-moody.level": "4", "section-moody.glad": "1",
}  # fmt: skip


def made(shop, title: str) -> list[tuple]:  # noqa: F811
    return read(shop, "SELECT id FROM product WHERE title = :title", title=title)


def test_new_product_has_the_section_with_its_defaults(shop, visitor, saved):  # noqa: F811
    page = visitor.get(NEW)
    assert ("&lt;b&gt;心情&lt;/b&gt;" in page, fields(page)["section-moody.level"]) == (True, "")
    assert "section-moody.glad" not in fields(page)


def test_section_is_saved_with_the_new_product(shop, visitor, saved):  # noqa: F811
    assert visitor.post(NEW, {**FRESH, "title": "绿茶"}).status_code == 303
    ((product_id,),) = made(shop, "绿茶")
    assert saved == [(product_id, {"level": 4, "glad": True})]
    told = "SELECT count(*) FROM audit_log WHERE action = 'products.sections' AND target = :target"
    assert read(shop, told, target=f"product:{product_id}") == [(1,)]


def test_wrong_value_in_a_section_makes_no_product(shop, visitor, saved):  # noqa: F811
    page = visitor.post(NEW, {**FRESH, "title": "红茶", "section-moody.level": "9"}).text
    assert ('id="f-section-moody-level-error">' in page, 'value="9"' in page, 'value="红茶"' in page) == (True, True, True)
    assert (saved, made(shop, "红茶")) == ([], [])


def test_plugin_that_refuses_or_fails_makes_no_product(shop, visitor, saved):  # noqa: F811
    for error in (Refused("bad_mood", "今天心情不好"), RuntimeError("no")):
        def fail(error=error, **_):
            raise error

        tiny.mood["save_product_form"] = fail
        page = visitor.post(NEW, {**FRESH, "title": "白茶"}).text
        said = "今天心情不好" if isinstance(error, Refused) else "插件出错，内容没有保存"
        assert (said in page, 'value="白茶"' in page, made(shop, "白茶")) == (True, True, [])
        assert fields(page)["section-moody.level"] == "4"


def test_asking_for_one_more_sku_keeps_the_section(shop, visitor, saved):  # noqa: F811
    page = visitor.post(NEW, {**FRESH, "title": "黑茶", "more": "1"}).text
    assert (fields(page)["section-moody.level"], fields(page)["section-moody.glad"]) == ("4", "1")
    assert made(shop, "黑茶") == []


def test_list_has_columns_of_plugins(shop, visitor):  # noqa: F811
    switch(shop, "moody")
    tiny.mood["table_columns"] = lambda ids, **_: [Column("mood", "心情", {ids[0]: "<i>好</i>"})]
    page = visitor.get(LIST)
    assert ("心情" in page, "&lt;i&gt;好&lt;/i&gt;" in page) == (True, True)
