"""The page of one order: its next step, its price in words, its story, its slip."""

from __future__ import annotations

import re

import pytest

from tests.core.console_http.acting import API, actions, one, order, pickup_code
from tests.core.console_pages.orderpages import change, plain, section

EVIL = "<script>alert(1)</script>"


def test_page_of_an_order_takes_the_same_statements_for_three_and_sixty_lines(shop, visitor):
    number = order(shop, ("MILK", "1"), ("RICE", "1"), ("PORK", "1"))
    visitor.get(f"/console/orders/{number}")
    few = len(visitor.statements)
    change(
        shop,
        """INSERT INTO order_line (order_id, position, sku_id, sku_code, title, spec, unit, quantity, list_fen, payable_fen)
           SELECT order_id, 3 + n, sku_id, sku_code, title, spec, unit, quantity, 0, 0 FROM order_line,
               generate_series(1, 57) n WHERE position = 1""",
    )
    change(shop, "UPDATE order_price_step SET allocation = allocation || array_fill(0::bigint, ARRAY[57])")
    assert visitor.get(f"/console/orders/{number}").count("with-picture") == 60
    assert few == len(visitor.statements) <= 15


def test_ledger_is_told_in_words_that_add_up(shop, visitor):
    number = order(shop, ("MILK", "2"), ("RICE", "1"), paid=False)
    body = {
        "why": "老顾客", "lines": [{"position": 1, "rule": "goodwill", "amount_fen": -100}],
        "order": [{"rule": "price", "amount_fen": -500}],
    }  # fmt: skip
    shop.put(f"{API}/orders/{number}/adjustments", token=shop.staff_token, json=body)
    assert section(visitor.get(f"/console/orders/{number}"), "ledger") == (
        '为什么是这个价'
        " 商品原价 ¥58.60"
        " 改价（店铺让利）：第 1 行 −¥1.00，原因：老顾客 ¥57.60"
        " 改价：整单 −¥5.00，原因：老顾客 ¥52.60"
        " 顾客应付 ¥52.60"
    )
    assert 5860 - 100 - 500 == one(shop, "SELECT payable_fen FROM orders WHERE number = :n", n=number) == 5260


def test_timeline_tells_a_change_of_price_from_a_remark(shop, visitor):
    number = order(shop, paid=False)
    written = [("remark", {"remark": "老顾客"}), ("adjustments", {"why": "抹零"}), ("remark", {"remark": "要袋子"})]
    for path, body in written:
        shop.put(f"{API}/orders/{number}/{path}", token=shop.staff_token, json=body)
    told = section(visitor.get(f"/console/orders/{number}"), "timeline")
    assert re.findall(r"(?:备注|改价)：\S+", told) == ["备注：要袋子", "改价：抹零", "备注：老顾客"]


@pytest.mark.parametrize(
    ("act", "state", "says"), [("prepare", "preparing", "已开始备货"), ("ready", "ready", "已备好，系统会通知顾客")]
)
def test_button_takes_the_next_step(shop, visitor, act, state, says):
    number = order(shop)
    answer = visitor.post(f"/console/orders/{number}/{act}", page=f"/console/orders/{number}")
    assert (answer.status_code, answer.location) == (303, f"/console/orders/{number}")
    assert visitor.toasts() == [says]
    assert one(shop, "SELECT state FROM orders WHERE number = :n", n=number) == state
    assert actions(shop)[-1] == f"orders.{act}"


def test_step_that_the_state_does_not_allow_is_told_on_the_page(shop, visitor):
    number = order(shop)
    answer = visitor.post(f"/console/orders/{number}/deliver", page=f"/console/orders/{number}")
    assert answer.status_code == 303
    assert visitor.toasts() == ["订单当前为“已付款”，不能改为“已送达”"]


def test_cancel_asks_for_a_reason_and_keeps_the_order_without(shop, visitor):
    number = order(shop, paid=False)
    answer = visitor.post(f"/console/orders/{number}/cancel", {"reason": ""})
    assert answer.status_code == 200 and 'id="f-reason-error"' in answer.text
    assert visitor.post(f"/console/orders/{number}/cancel", {"reason": "顾客不要了"}).status_code == 303
    assert one(shop, "SELECT state FROM orders WHERE number = :n", n=number) == "closed"
    assert visitor.open(f"/console/orders/{number}/cancel").status_code == 409


def test_remark_stands_in_the_timeline(shop, visitor):
    number = order(shop)
    visitor.post(f"/console/orders/{number}/remark", {"remark": "要冰袋"}, page=f"/console/orders/{number}")
    assert "备注：要冰袋" in visitor.get(f"/console/orders/{number}")
    long = visitor.post(f"/console/orders/{number}/remark", {"remark": "长" * 201})
    assert long.status_code == 200 and "长" * 201 in long.text


def test_free_text_is_escaped_everywhere(shop, visitor):
    number = order(shop, phone="19912345678")
    change(shop, "UPDATE orders SET remark = :evil", evil=EVIL)
    change(shop, "UPDATE order_line SET title = :evil, spec = :evil", evil=EVIL)
    change(shop, "UPDATE buyer SET name = :evil", evil=EVIL)
    shop.put(f"{API}/orders/{number}/remark", token=shop.staff_token, json={"remark": EVIL})
    base = f"/console/orders/{number}"
    for path in ("/console/orders", base, f"{base}/print", f"{base}/refund", "/console/search?q=<script>"):
        page = visitor.get(path)
        assert EVIL not in page and "&lt;script&gt;" in page, path


def test_slip_has_goods_address_and_the_end_of_the_number(shop, visitor):
    number = order(shop, ("PORK", "1.236"), phone="19912345678")
    words = plain(visitor.get(f"/console/orders/{number}/print"))
    for expected in (shop.ref.name, "五花肉", "1.236 kg", "24.47", number[12:], "19912345678"):
        assert expected in words
    assert pickup_code(shop, number) not in words


def test_order_of_another_shop_is_not_found(shop, other_shop, visitor):
    number = order(other_shop)
    for path in ("", "/print", "/adjust", "/refund", "/cancel", "/remark"):
        assert visitor.open(f"/console/orders/{number}{path}").status_code == 404


@pytest.mark.parametrize(
    ("state", "fulfilment", "says", "button"),
    [
        ("pending", "pickup", "等顾客付款", ""), ("paid", "pickup", "请开始备货", "开始备货"),
        ("preparing", "delivery", "正在备货", "备好"), ("ready", "pickup", "等顾客来提货", "去核销"),
        ("ready", "delivery", "交给配送员", "发货"), ("shipped", "delivery", "配送员已取货", "确认送达"),
        ("delivered", "delivery", "已送达", "完成订单"), ("picked_up", "pickup", "顾客已提货", ""),
        ("completed", "counter", "不用再做什么", ""), ("cancelled", "pickup", "订单已取消", ""),
        ("closed", "pickup", "没有付款就关闭了", ""),
    ],
)  # fmt: skip
def test_every_state_says_what_to_do_next(shop, visitor, state, fulfilment, says, button):
    number = order(shop)
    change(shop, "UPDATE orders SET state = :state, fulfilment = :how", state=state, how=fulfilment)
    page = visitor.get(f"/console/orders/{number}")
    big = re.findall(r'class="btn btn-(?:primary|light) btn-lg".*?<span>(.*?)</span>', page)
    assert says in page and (big[:1] or [""]) == [button]
    visitor.get("/console/orders")
    visitor.get(f"/console/orders/{number}/print?paper=a4")


def test_sale_of_a_till_without_buyer_or_payment_has_its_page(shop, visitor):
    number = order(shop, paid=False)
    change(
        shop, "UPDATE orders SET channel = 'pos', buyer_id = NULL, fulfilment = 'counter', state = 'completed',"
        " reference = 'T1-0001', contact_phone = NULL",
    )  # fmt: skip
    change(shop, "DELETE FROM order_price_step")
    page = plain(visitor.get(f"/console/orders/{number}"))
    for words in ("散客", "收银台", "T1-0001", "不是线上付款", "顾客应付 ¥25.60"):
        assert words in page
    assert "/refund" not in visitor.get(f"/console/orders/{number}")
    visitor.get(f"/console/orders/{number}/print")


def test_order_on_hold_says_why_and_stays(shop, visitor):
    number = order(shop)
    change(
        shop, "INSERT INTO order_hold (order_id, source, code, message, created_at)"
        " SELECT id, 'group', 'waiting', '还差 1 人成团', placed_at FROM orders",
    )  # fmt: skip
    assert "暂停发货：还差 1 人成团" in visitor.get(f"/console/orders/{number}")
    visitor.post(f"/console/orders/{number}/ready", page=f"/console/orders/{number}")
    assert "还差 1 人成团" in visitor.toasts()[0]
    assert one(shop, "SELECT state FROM orders WHERE number = :n", n=number) == "paid"
