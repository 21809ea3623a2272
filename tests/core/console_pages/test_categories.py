from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from core.catalog import changes, naming
from core.db import db
from tests.core.console_http.acting import staff_token
from tests.core.console_pages.catalog_data import add_category, cost, product_of
from tests.core.console_pages.test_products import NASTY, read
from tests.core.console_pages.visitor import Visitor

TREE, BRANDS = "/console/categories", "/console/brands"


def order(page: str) -> list[str]:
    """Names in the order of the tree, with their level."""
    found = re.findall(r'<li class="level-(\d)".*?data-dialog>(.*?)</a>', page, re.DOTALL)
    return [f"{level}{name}" for level, name in found]


@pytest.fixture
def tree(shop) -> dict[str, int]:
    """蔬菜 with 叶菜 and 根茎 in it, then 粮油."""
    top = add_category(shop, "蔬菜", None, 0)
    ids = {"蔬菜": top, "粮油": add_category(shop, "粮油", None, 1)}
    return ids | {"叶菜": add_category(shop, "叶菜", top, 0), "根茎": add_category(shop, "根茎", top, 1)}


def version(page: str) -> str:
    return re.search('name="version" value="([0-9]+)"', page)[1]


def test_tree_is_drawn_from_the_top(visitor, tree):
    assert order(visitor.get(TREE)) == ["0蔬菜", "1叶菜", "1根茎", "0粮油"]


def test_category_counts_the_goods_below_it_too(shop, visitor, tree):
    with shop.bound():
        for code, name in (("MILK", "叶菜"), ("RICE", "根茎"), ("PORK", "蔬菜")):
            changes.move_to_category([product_of(shop, code)], tree[name])
        db.session.commit()
    page = visitor.get(TREE)
    counted = dict(re.findall(r'data-dialog>(\w+)</a>\s*<small><a[^>]*>(\d) 个商品', page))
    assert counted == {"蔬菜": "3", "叶菜": "1", "根茎": "1", "粮油": "0"}


def test_empty_tree_says_what_to_do(visitor):
    assert "先建几个大类" in visitor.get(TREE)


def test_category_is_added_behind_its_like(shop, visitor, tree):
    page = visitor.get(f"{TREE}/new?parent={tree['蔬菜']}")
    assert re.search('name="position" value="([0-9]+)"', page)[1] == "2"
    typed = {"parent_id": str(tree["蔬菜"]), "name": "菌菇", "position": "2", "active": "1"}
    assert visitor.post(f"{TREE}/new?parent={tree['蔬菜']}", typed).location == TREE
    assert order(visitor.get(TREE)) == ["0蔬菜", "1叶菜", "1根茎", "1菌菇", "0粮油"]


def test_name_that_is_taken_is_refused_beside_the_field(visitor, tree):
    page = visitor.post(f"{TREE}/new", {"name": "粮油", "position": "7", "active": "1"}).text
    assert ('id="f-name-error">同一级已有名为“粮油”的分类' in page, 'value="7"' in page) == (True, True)


def test_category_is_renamed_hidden_and_moved(shop, visitor, tree):
    place = f"{TREE}/{tree['根茎']}"
    typed = {"name": "根茎菜", "parent_id": str(tree["粮油"]), "position": "0", "version": version(visitor.get(place))}
    visitor.post(place, typed)
    page = visitor.get(TREE)
    assert (order(page), "已隐藏" in page) == (["0蔬菜", "1叶菜", "0粮油", "1根茎菜"], True)


def test_category_is_not_offered_a_place_under_itself(visitor, tree):
    page = visitor.get(f"{TREE}/{tree['蔬菜']}")
    choices = re.search('id="f-parent_id".*?</select>', page, re.DOTALL)[0]
    assert [name in choices for name in ("蔬菜", "叶菜", "粮油")] == [False, False, True]


def test_loop_by_hand_is_refused_beside_the_field(visitor, tree):
    place = f"{TREE}/{tree['蔬菜']}"
    page = visitor.post(place, {"name": "蔬菜", "parent_id": str(tree["叶菜"]), "position": "0", "version": "1"}).text
    assert 'id="f-parent_id-error">分类不能移到它自己或它的下级分类之下' in page


def test_stale_edit_names_who_was_faster(shop, visitor, tree):
    place = f"{TREE}/{tree['粮油']}"
    seen = version(visitor.get(place))
    typed = {"name": "米面粮油", "position": "1", "active": "1", "version": seen}
    other = Visitor(shop, staff_token(shop, "manager", name="老王"))
    other.post(place, {**typed, "name": "粮食"})
    page = visitor.post(place, typed).text
    assert ("刚刚被 老王 在" in page, 'value="米面粮油"' in page, version(page) != seen) == (True, True, True)
    assert visitor.post(place, {**typed, "version": version(page)}).status_code == 303


def test_neighbours_change_places(visitor, tree):
    visitor.post(f"{TREE}/{tree['粮油']}/move", {"way": "up"}, page=TREE)
    visitor.post(f"{TREE}/{tree['叶菜']}/move", {"way": "down"}, page=TREE)
    visitor.post(f"{TREE}/{tree['粮油']}/move", {"way": "up"}, page=TREE)
    assert order(visitor.get(TREE)) == ["0粮油", "0蔬菜", "1根茎", "1叶菜"]


def test_empty_category_is_removed_and_a_used_one_is_not(shop, visitor, tree):
    assert visitor.post(f"{TREE}/{tree['粮油']}/remove", page=TREE).location == TREE
    answer = visitor.post(f"{TREE}/{tree['蔬菜']}/remove", page=f"{TREE}/{tree['蔬菜']}")
    assert answer.location == f"{TREE}/{tree['蔬菜']}"
    assert visitor.toasts()[-1] == "分类下还有商品或子分类，请先移走再删除"
    assert order(visitor.get(TREE)) == ["0蔬菜", "1叶菜", "1根茎"]


def test_tree_takes_as_many_statements_for_many_as_for_few(shop, visitor, tree):
    few = cost(visitor, TREE)
    with shop.bound():
        for number in range(55):
            naming.create_category({"name": f"类{number}", "parent_id": None, "position": number, "active": True})
        db.session.commit()
    assert (cost(visitor, TREE), few <= 15) == (few, True)


@pytest.mark.parametrize("path", [TREE, BRANDS, f"{TREE}/new", f"{BRANDS}/new"])
def test_clerk_has_no_business_here(shop, path):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    assert clerk.open(path).status_code == 403
    assert clerk.post(path, {"name": "x"}, page="/console/products").status_code in {403, 405}


def test_brand_is_added_renamed_and_removed(shop, visitor):
    visitor.post(f"{BRANDS}/new", {"name": "蒙牛"})
    ((brand,),) = read(shop, "SELECT id FROM brand")
    visitor.post(f"{BRANDS}/{brand}", {"name": "蒙牛乳业"})
    assert read(shop, "SELECT name FROM brand") == [("蒙牛乳业",)]
    with shop.bound():
        values = {"brand": brand, "id": product_of(shop, "MILK")}
        db.session.execute(text("UPDATE product SET brand_id = :brand WHERE id = :id"), values)
        db.session.commit()
    visitor.post(f"{BRANDS}/{brand}/remove", page=f"{BRANDS}/{brand}")
    assert visitor.toasts()[-1] == "还有商品属于这个品牌，请先修改这些商品再删除"


def test_brand_name_that_is_taken_is_refused_beside_the_field(visitor):
    visitor.post(f"{BRANDS}/new", {"name": "蒙牛"})
    assert 'id="f-name-error">已有名为“蒙牛”的品牌' in visitor.post(f"{BRANDS}/new", {"name": "蒙牛"}).text


def test_names_are_text(visitor):
    visitor.post(f"{TREE}/new", {"name": NASTY, "position": "0", "active": "1"})
    visitor.post(f"{BRANDS}/new", {"name": NASTY})
    pages = [visitor.get(path) for path in (TREE, BRANDS, "/console/products", "/console/products/new")]
    assert [NASTY in page for page in pages] == [False] * 4
    assert "&lt;script&gt;" in pages[0] and "&lt;script&gt;" in pages[1]


def test_unknown_ones_are_not_found(visitor):
    assert [visitor.open(path).status_code for path in (f"{TREE}/99", f"{BRANDS}/99")] == [404, 404]
