from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import text

from core.db import db
from tests.core.console_http.acting import staff_token
from tests.core.console_pages.catalog_data import add_category, add_picture, add_products, cost, drawn_picture, product_of
from tests.core.console_pages.test_products import read
from tests.core.console_pages.visitor import Visitor

LIST, NEW = "/console/products", "/console/products/new"
SALT = {
    "title": "海盐", "skus.0.spec": "500g", "skus.0.list_price_fen": "3.50", "skus.0.unit": "袋", "skus.0.active": "1",
    "on_shelf": "1",
}  # fmt: skip


def fields(page: str) -> dict[str, str]:
    """The product's form as it stands on the page."""
    form = page.split('id="form"', 1)[1].split("</form>", 1)[0]
    form = re.sub("<template>.*?</template>", "", form, flags=re.DOTALL)
    found = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', form))
    found = {name: value for name, value in found.items() if not name.startswith(("csrf", "once"))}
    checked = re.findall(r'type="checkbox"[^>]* name="([^"]+)" value="1"( checked)?', form)
    found |= {name: "1" for name, is_checked in checked if is_checked}
    for name, is_checked in checked:
        if not is_checked:
            found.pop(name, None)
    return found | dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', form))


def milk(shop) -> str:
    return f"{LIST}/{product_of(shop, 'MILK')}"


def test_new_product_needs_little(shop, visitor):
    answer = visitor.post(NEW, SALT)
    ((product_id, code),) = read(shop, "SELECT product_id, code FROM sku WHERE spec = '500g'")
    assert (answer.status_code, answer.location) == (303, f"{LIST}/{product_id}")
    assert visitor.toasts() == ["商品已新建，接着可以上传图片"]
    assert code.startswith("SP")
    assert read(shop, "SELECT title, on_shelf, min_price_fen FROM product WHERE id = :id", id=product_id) == [
        ("海盐", True, 350)
    ]


def test_new_product_takes_its_barcode_as_code(shop, visitor):
    visitor.post(NEW, {**SALT, "skus.0.barcodes": "6901234567892"})
    assert read(shop, "SELECT code FROM sku WHERE spec = '500g'") == [("6901234567892",)]


def test_form_keeps_what_was_typed_and_says_what_is_missing(visitor):
    page = visitor.post(NEW, {"title": "", "origin": "河北", "skus.0.spec": "大袋", "skus.0.list_price_fen": "三块"}).text
    assert ('value="河北"' in page, 'value="大袋"' in page, 'value="三块"' in page) == (True, True, True)
    assert 'id="f-skus-0-list_price_fen-error">请填写金额，例如 12.80' in page


def test_form_without_any_sku_asks_for_one(visitor):
    page = visitor.post(NEW, {"title": "海盐", "skus.0.unit": "件", "skus.0.active": "1"}).text
    assert ('id="f-skus-error">至少填写一个规格的售价' in page, 'name="skus.0.spec"' in page) == (True, True)


def test_one_more_sku_without_a_script_keeps_what_was_typed(shop, visitor):
    page = visitor.post(NEW, {**SALT, "more": "1"}).text
    assert ('value="海盐"' in page, 'name="skus.1.list_price_fen"' in page) == (True, True)
    assert read(shop, "SELECT count(*) FROM product") == [(3,)]
    page = visitor.post(milk(shop), {**fields(visitor.get(milk(shop))), "title": "新名字", "more": "1"}).text
    assert ('value="新名字"' in page, 'name="skus.1.list_price_fen"' in page) == (True, True)


def test_save_changes_product_and_skus(shop, visitor):
    category = add_category(shop, "乳品")
    typed = fields(visitor.get(milk(shop)))
    typed |= {"title": "鲜牛奶", "category_id": str(category)}
    typed |= {"skus.0.list_price_fen": "13.5", "skus.0.member_price_fen": ""}
    typed |= {"skus.7.spec": "两盒", "skus.7.list_price_fen": "26", "skus.7.unit": "组", "skus.7.active": "1"}
    answer = visitor.post(milk(shop), typed)
    assert (answer.status_code, visitor.toasts()) == (303, ["已保存"])
    rows = read(shop, "SELECT p.title, p.category_id, s.spec, s.list_price_fen, s.member_price_fen, s.unit FROM product p"
                " JOIN sku s ON s.product_id = p.id WHERE p.title LIKE '%牛奶' ORDER BY s.id")
    assert rows == [("鲜牛奶", category, "", 1350, None, "盒"), ("鲜牛奶", category, "两盒", 2600, None, "组")]


def test_member_price_above_the_price_is_refused_beside_the_field(shop, visitor):
    page = visitor.post(milk(shop), {**fields(visitor.get(milk(shop))), "skus.0.member_price_fen": "99"}).text
    assert 'id="f-skus-0-member_price_fen-error">会员价不能高于售价，请核对两个价格' in page


def test_duplicate_barcode_is_refused_beside_its_field(shop, visitor):
    ((barcode,),) = read(shop, "SELECT barcode FROM sku_barcode WHERE sku_id = :id", id=shop.skus["RICE"])
    page = visitor.post(NEW, {**SALT, "skus.3.list_price_fen": "7", "skus.3.barcodes": barcode}).text
    assert f'id="f-skus-1-barcodes-error">条码 {barcode} 已属于货号 RICE' in page
    assert (f">{barcode}</textarea>" in page, 'value="海盐"' in page) == (True, True)
    assert read(shop, "SELECT count(*) FROM product") == [(3,)]


def test_wrong_barcode_is_refused_beside_its_field(visitor):
    page = visitor.post(NEW, {**SALT, "skus.0.barcodes": "6901234567890"}).text
    assert 'id="f-skus-0-barcodes-error">' in page


def test_stale_edit_names_who_changed_it_and_saves_the_second_time(shop, visitor):
    typed = {**fields(visitor.get(milk(shop))), "title": "我的牛奶"}
    other = Visitor(shop, staff_token(shop, "manager", name="老王"))
    other.post(milk(shop), {**fields(other.get(milk(shop))), "title": "老王的牛奶"})
    page = visitor.post(milk(shop), typed).text
    assert (re.search("刚刚被 老王 在 [0-9:]{5} 修改", page) is not None, "商品名称：老王的牛奶" in page) == (True, True)
    assert 'value="我的牛奶"' in page
    again = visitor.open(milk(shop), "POST", data={**fields(page), **hidden(page)})
    assert (again.status_code, read(shop, "SELECT title FROM product WHERE title LIKE '%牛奶'")) == (303, [("我的牛奶",)])


def hidden(page: str) -> dict[str, str]:
    form = page.split('id="form"', 1)[1]
    return dict(re.findall(r'<input type="hidden" name="(csrf|once)" value="([^"]*)">', form)[:2])


def test_double_submit_makes_one_product(shop, visitor):
    drawn = hidden(visitor.get(NEW))
    first, second = (visitor.open(NEW, "POST", data={**SALT, **drawn}) for _ in range(2))
    assert (first.location, read(shop, "SELECT count(*) FROM product")) == (second.location, [(4,)])


def test_last_sku_can_not_be_switched_off(shop, visitor):
    typed = fields(visitor.get(milk(shop)))
    del typed["skus.0.active"]
    page = visitor.post(milk(shop), typed).text
    assert 'id="f-skus-error">至少要有一个在售规格' in page


def test_product_of_another_shop_is_not_found(shop, other_shop, visitor):
    (theirs,) = add_products(other_shop, 1)
    assert visitor.open(f"{LIST}/{theirs}").status_code == 404
    assert visitor.post(f"{LIST}/{theirs}/remove", page=LIST).status_code == 404
    assert visitor.post(f"{LIST}/{theirs}", SALT, page=LIST).status_code == 404
    assert read(other_shop, "SELECT title FROM product WHERE id = :id", id=theirs) == [("商品001",)]


def test_shelf_switch_on_the_page(shop, visitor):
    visitor.post(f"{milk(shop)}/shelf", {"on_shelf": "0"}, page=milk(shop))
    assert visitor.toasts() == ["已下架"]
    assert "已下架" in visitor.get(milk(shop))


def test_product_with_stock_is_not_deleted_but_a_new_one_is(shop, visitor):
    visitor.post(f"{milk(shop)}/remove", page=milk(shop))
    assert visitor.toasts() == ["商品已有库存或订单记录，不能删除，请改为下架"]
    place = visitor.post(NEW, SALT).location
    answer = visitor.post(f"{place}/remove", page=place)
    assert (answer.location, visitor.open(place).status_code) == (LIST, 404)


def pictures(shop) -> list[int]:
    return [row[0] for row in read(shop, "SELECT id FROM product_picture ORDER BY position")]


def test_pictures_are_uploaded_put_in_order_and_taken_away(shop, visitor):
    files = [(io.BytesIO(drawn_picture(colour)), f"{colour}.png") for colour in ("#ff0000", "#00ff00", "#0000ff")]
    answer = visitor.post(f"{milk(shop)}/pictures", {"picture": files}, page=milk(shop), content_type="multipart/form-data")
    assert (answer.location, visitor.toasts()) == (f"{milk(shop)}#pictures", ["已上传 3 张图片"])
    one, two, three = pictures(shop)
    visitor.post(f"{milk(shop)}/pictures/{three}/move", page=milk(shop))
    assert pictures(shop) == [one, three, two]
    visitor.post(f"{milk(shop)}/pictures/{two}/move", {"first": "1"}, page=milk(shop))
    assert pictures(shop) == [two, one, three]
    visitor.post(f"{milk(shop)}/pictures/{two}/remove", page=milk(shop))
    assert pictures(shop) == [one, three]


@pytest.mark.parametrize(("file", "said"), [(b"no picture", "图片"), (b"", "请先选择图片")])
def test_file_that_is_no_picture_is_refused(shop, visitor, file, said):
    data = {"picture": (io.BytesIO(file), "a.png" if file else "")}
    answer = visitor.post(f"{milk(shop)}/pictures", data, page=milk(shop), content_type="multipart/form-data")
    (toast,) = visitor.toasts()
    assert (answer.status_code, said in toast, pictures(shop)) == (303, True, [])


def test_picture_of_more_than_a_megabyte_is_taken(shop, visitor):
    data = {"picture": (io.BytesIO(drawn_picture() + b"\0" * 1_500_000), "a.png")}
    visitor.post(f"{milk(shop)}/pictures", data, page=milk(shop), content_type="multipart/form-data")
    assert len(pictures(shop)) == 1


def test_page_takes_few_statements_whatever_it_shows(shop, visitor):
    few = cost(visitor, milk(shop))
    for colour in ("#111111", "#222222", "#333333"):
        add_picture(shop, product_of(shop, "MILK"), colour)
    with shop.bound():
        db.session.execute(
            text("INSERT INTO sku (product_id, code, spec, unit, weighed, list_price_fen, active)"
                 " SELECT :id, 'Y' || n, n, '件', false, 100, true FROM generate_series(1, 55) n"),
            {"id": product_of(shop, "MILK")},
        )  # fmt: skip
        db.session.commit()
    assert (cost(visitor, milk(shop)), few <= 15) == (few, True)


def test_barcode_that_stands_twice_in_the_form_is_named(visitor):
    twice = {"skus.0.barcodes": "6901234567892", "skus.1.list_price_fen": "7", "skus.1.barcodes": "6901234567892"}
    page = visitor.post(NEW, SALT | twice).text
    assert 'id="f-skus-error">条码 6901234567892 出现了不止一次' in page
