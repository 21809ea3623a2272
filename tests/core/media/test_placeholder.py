from __future__ import annotations

import csv
from importlib.resources import files

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from core.media.placeholder import kind_of, placeholder_svg, title_lines

DEMO = list(csv.DictReader(files("core.data.demo").joinpath("xingtai_supermarket_products.csv").open(encoding="utf-8")))
TEXT = "{http://www.w3.org/2000/svg}text"


def texts(svg: str) -> list[str]:
    return [element.text for element in fromstring(svg).iter(TEXT)]


def test_placeholder_of_every_demo_product_is_small_and_knows_its_kind():
    for row in DEMO:
        path = (row["category_l1"], row["category_l2"])
        assert len(placeholder_svg(row["name"], path, row["spec"]).encode()) < 3000
        assert kind_of(row["name"], path)[0] != "bag"


def test_placeholder_is_the_same_each_time():
    assert placeholder_svg("大白菜", ("生鲜果蔬",), "散装") == placeholder_svg("大白菜", ["生鲜果蔬"], "散装")


def test_placeholder_escapes_what_it_prints():
    assert texts(placeholder_svg("A&B<script>", (), '"1" & 2')) == ["A&B<script>", '"1" & 2']


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=3), st.text(max_size=300))
def test_placeholder_of_any_text_is_well_formed_and_small(title, path, spec):
    svg = placeholder_svg(title, path, spec)
    assert len(svg.encode()) < 3000
    assert len(texts(svg)) <= 3


@pytest.mark.parametrize(
    ("title", "path", "kind"),
    [
        ("鲜鸡蛋", ("生鲜果蔬", "肉禽蛋"), "egg"),
        ("双汇猪五花肉", ("生鲜果蔬", "肉禽蛋"), "meat"),
        ("露露", ("饮料", "功能植物蛋白"), "drink"),
        ("鲜豆腐", ("生鲜果蔬", "豆制品熟食"), "tofu"),
        ("蛋糕", ("休闲零食", "饼干糕点"), "cookie"),
        ("X", ("GROCERY", "FLUID MILK"), "milk"),
        ("X", ("饮料", "没见过"), "drink"),
        ("某物", (), "bag"),
    ],
)
def test_placeholder_kind(title, path, kind):
    assert kind_of(title, path)[0] == kind


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("可口可乐", ["可口可乐"]),
        ("", []),
        ("君乐宝简醇零添加蔗糖酸奶", ["君乐宝简醇零", "添加蔗糖酸奶"]),
        ("乐事薯片 家庭分享装", ["乐事薯片", "家庭分享装"]),
        ("特级初榨橄榄油礼盒装两瓶送礼佳品团购", ["特级初榨橄榄油礼盒", "装两瓶送礼佳品团购"]),
        ("特级初榨橄榄油礼盒装两瓶送礼佳品团购优惠多多", ["特级初榨橄榄油礼盒", "装两瓶送礼佳品团…"]),
    ],
)
def test_placeholder_title_in_two_lines(title, lines):
    assert title_lines(title) == lines
