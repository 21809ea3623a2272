"""The search at the top."""

from __future__ import annotations

from sqlalchemy import text

from core.catalog.indexing import index_products
from core.db import db
from tests.core.console_http.acting import another_store, one, order, staff_token
from tests.core.console_pages.orderpages import change
from tests.core.console_pages.visitor import Visitor


def test_search_jumps_to_the_one_order_or_product(shop, visitor):
    number = order(shop, phone="19912345678")
    barcode = one(shop, "SELECT barcode FROM sku_barcode WHERE sku_id = :s", s=shop.skus["RICE"])
    product = one(shop, "SELECT product_id FROM sku WHERE id = :s", s=shop.skus["RICE"])
    assert visitor.open(f"/console/search?q={number}").location == f"/console/orders/{number}"
    assert visitor.open(f"/console/search?q=%20{barcode}").location == f"/console/products/{product}"


def test_search_finds_orders_products_and_people(shop, visitor):
    number = order(shop, phone="19912345678")
    change(shop, "UPDATE buyer SET name = '纯真', member_no = 'M7', phone = '19912345678'")
    assert number in visitor.get("/console/search?q=5678")
    assert "东北大米" in visitor.get("/console/search?q=RICE")
    assert 'href="/console/members/' in visitor.get("/console/search?q=纯真")
    assert "没有找到" in visitor.get("/console/search?q=nothingatall")
    assert "想找什么" in visitor.get("/console/search")
    assert len(visitor.statements) <= 15


def words(shop):
    """Words to find the products by."""
    with shop.bound():
        index_products(db.session.execute(text("SELECT id FROM product")).scalars().all())
        db.session.commit()


def test_list_of_orders_is_searched_by_goods(shop, visitor):
    words(shop)
    rice, milk = order(shop, ("RICE", "1")), order(shop, ("MILK", "1"))
    for q in ("东北大米", "RICE", "dongbei"):
        page = visitor.get(f"/console/orders?q={q}")
        assert rice in page and milk not in page, q
        assert len(visitor.statements) <= 15
    assert "没有符合条件的内容" in visitor.get("/console/orders?q=<script>alert(1)</script>")
    assert rice in visitor.open("/console/orders/export.csv?q=大米").text
    elsewhere = Visitor(shop, staff_token(shop, "clerk", stores=(another_store(shop),)))
    assert rice not in elsewhere.get("/console/orders?q=大米")


def test_search_leads_from_goods_to_their_orders_but_does_not_mix_them(shop, visitor):
    words(shop)
    number = order(shop, ("RICE", "1"))
    page = visitor.get("/console/search?q=大米")
    assert number not in page and "买过这些商品的订单" in page
    assert number in visitor.get("/console/orders?q=大米")
