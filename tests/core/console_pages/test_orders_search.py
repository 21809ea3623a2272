"""The search at the top."""

from __future__ import annotations

from tests.core.console_http.acting import one, order
from tests.core.console_pages.orderpages import change


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
