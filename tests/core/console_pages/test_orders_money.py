"""改价 and refunds on pages: the sum is seen before it counts, nothing typed is lost, nothing counts twice."""

from __future__ import annotations

import re

import pytest

from tests.core.console_http.acting import actions, one, order, pickup_code
from tests.core.console_http.test_pickup import make_ready, verify
from tests.core.console_pages.orderpages import plain

_HIDDEN = re.compile(r'<input type="hidden" name="(csrf|once|key|seen)" value="([^"]*)">')


def hidden(page):
    return dict(_HIDDEN.findall(page))


def payable(shop, number):
    return one(shop, "SELECT payable_fen, price_version FROM orders WHERE number = :n", n=number)


def adjust(visitor, number, **typed):
    """Type something over what stands in the form and press the button `act`."""
    common = {"rule": "price", "bearer": "shop", "why": "老顾客", "act": "save"}
    return visitor.post(f"/console/orders/{number}/adjust", {"line_1": "25.60", "line_2": "33.00", **common, **typed})


def two_lines(shop, paid=False):
    return order(shop, ("MILK", "2"), ("RICE", "1"), paid=paid)


def test_adjusting_shows_the_new_amount_first_and_saves_it_then(shop, visitor):
    number = two_lines(shop)
    first = adjust(visitor, number, line_1="24.60", whole_fen="5")
    assert first.status_code == 200
    assert "现在应付 ¥58.60 改价 -¥6.00 改价后应付 ¥52.60" in plain(first.text)
    assert payable(shop, number) == (5860, 1)
    saved = adjust(visitor, number, line_1="24.60", whole_fen="5", seen=hidden(first.text)["seen"])
    assert (saved.status_code, saved.location) == (303, f"/console/orders/{number}")
    assert visitor.toasts() == ["已改价，顾客现在应付 ¥52.60"]
    assert payable(shop, number) == (5260, 2)
    steps = one(
        shop, "SELECT json_agg(json_build_array(rule, bearer, amount_fen) ORDER BY seq) FROM order_price_step"
        " WHERE price_version = 2 AND lane = 'manual'",
    )  # fmt: skip
    assert steps == [["manual.price", "shop", -100], ["manual.price", "shop", -500]]
    assert actions(shop) == ["orders.adjust"]


def test_adjusting_again_starts_from_what_it_costs_now(shop, visitor):
    number = two_lines(shop)
    adjust(visitor, number, line_1="20", rule="goodwill", seen="5300")
    page = visitor.get(f"/console/orders/{number}/adjust")
    assert 'name="line_1" value="20.00"' in page and '<option value="goodwill" selected>' in page
    adjust(visitor, number, line_1="20.00", line_2="30", seen="5000")
    assert payable(shop, number) == (5000, 3)


def test_refused_change_of_price_keeps_what_was_typed(shop, visitor):
    number = two_lines(shop)
    answer = adjust(visitor, number, line_1="24.6x", line_2="31", whole_fen="2", bearer="supplier", why="周年庆")
    assert answer.status_code == 200
    for kept in ("24.6x", "31", "2", "周年庆"):
        assert f'value="{kept}"' in answer.text
    assert '<option value="supplier" selected>' in answer.text
    assert "请填写金额，例如 12.80" in answer.text
    assert payable(shop, number) == (5860, 1)


def test_change_of_price_needs_a_reason_but_its_preview_does_not(shop, visitor):
    number = two_lines(shop)
    refused = adjust(visitor, number, line_1="20", why=" ", seen="5300")
    assert refused.status_code == 200 and 'id="f-why-error"' in refused.text
    assert hidden(refused.text)["seen"] == "5300" and "改价后应付 ¥53.00" in plain(refused.text)
    assert "改价后应付 ¥58.60" in plain(adjust(visitor, number, why="", act="preview").text)
    assert payable(shop, number) == (5860, 1)


def test_more_off_than_the_goods_cost_is_refused_beside_the_field(shop, visitor):
    number = two_lines(shop)
    answer = adjust(visitor, number, whole_fen="99")
    assert "整单优惠超过了商品金额，请改小一些" in answer.text and 'id="f-whole_fen-error"' in answer.text
    assert adjust(visitor, number, line_1="-1").status_code == 200
    assert payable(shop, number) == (5860, 1)


def test_paid_order_has_no_form_of_price(shop, visitor):
    number = two_lines(shop, paid=True)
    assert visitor.open(f"/console/orders/{number}/adjust").status_code == 409
    assert "/adjust" not in visitor.get(f"/console/orders/{number}")


def refunds(shop):
    return one(shop, "SELECT count(*), coalesce(sum(amount_fen), 0)::int FROM refund")


def refund(visitor, number, **typed):
    path = f"/console/orders/{number}/refund"
    page = visitor.get(path)
    form = {**hidden(page), "act": "save", "restock": "1", "reason": "缺货", **typed}
    return visitor.open(path, "POST", data={name: value for name, value in form.items() if value is not None})


def test_refund_of_everything_shows_the_amount_and_gives_it_back(shop, visitor):
    number = two_lines(shop, paid=True)
    assert "退给顾客 ¥58.60" in plain(visitor.get(f"/console/orders/{number}/refund"))
    answer = refund(visitor, number, scope="all")
    assert (answer.status_code, answer.location) == (303, f"/console/orders/{number}")
    assert visitor.toasts() == ["退款 ¥58.60 已提交，原路退回顾客"]
    assert refunds(shop) == (1, 5860)
    page = plain(visitor.get(f"/console/orders/{number}"))
    assert "退款 ¥58.60" in page and "等待退款" in page and "已取消" in page


@pytest.mark.parametrize(("switch", "on_hand"), [({"restock": "1"}, 100), ({"restock": None}, 98)])
def test_refund_of_everything_puts_goods_back_where_staff_say_so(shop, visitor, switch, on_hand):
    number = order(shop, ("MILK", "2"))
    make_ready(shop, number)
    assert verify(shop, code=pickup_code(shop, number)).status_code == 200
    assert "退回的商品放回库存" in visitor.get(f"/console/orders/{number}/refund")
    assert refund(visitor, number, scope="all", **switch).status_code == 303
    assert refunds(shop) == (1, 2560)
    assert shop.stock("MILK") == (on_hand, 0)
    assert one(shop, "SELECT restock FROM refund_line") is (on_hand == 100)


def test_refund_of_goods_that_never_left_sets_them_free_and_does_not_ask(shop, visitor):
    number = order(shop, ("MILK", "2"))
    assert "退回的商品放回库存" not in visitor.get(f"/console/orders/{number}/refund")
    assert refund(visitor, number, scope="all", restock=None).status_code == 303
    assert shop.stock("MILK") == (100, 0)


def test_refund_of_a_part_is_computed_as_it_is_given(shop, visitor):
    number = two_lines(shop, paid=True)
    shown = refund(visitor, number, scope="some", line_1="1")
    assert shown.status_code == 200 and "退给顾客 ¥12.80" in plain(shown.text)
    assert "请核对下面的金额" in shown.text and 'value="缺货"' in shown.text
    assert refund(visitor, number, scope="some", line_1="1", seen="1280").status_code == 303
    assert refunds(shop) == (1, 1280)
    page = plain(visitor.get(f"/console/orders/{number}"))
    assert "已退款 -¥12.80 退款后实收 ¥45.80" in page and "已退 ¥12.80" in page


def test_refund_sent_twice_counts_once(shop, visitor):
    number = two_lines(shop, paid=True)
    path = f"/console/orders/{number}/refund"
    form = {**hidden(visitor.get(path)), "act": "save", "scope": "some", "line_1": "1", "reason": "缺货", "seen": "1280"}
    first, second = (visitor.open(path, "POST", data=form) for _ in range(2))
    assert (first.status_code, second.status_code, second.location) == (303, 303, first.location)
    assert refunds(shop) == (1, 1280)
    assert actions(shop) == ["orders.refund"]


def test_refund_with_the_same_key_from_another_drawing_counts_once(shop, visitor):
    number = two_lines(shop, paid=True)
    form = {"scope": "some", "line_1": "1", "seen": "1280", "key": "the-same-key-0001"}
    assert [refund(visitor, number, **form).status_code for _ in range(2)] == [303, 303]
    assert refunds(shop) == (1, 1280)


def test_refund_of_too_much_or_nothing_is_refused_and_kept(shop, visitor):
    number = two_lines(shop, paid=True)
    much = refund(visitor, number, scope="some", line_1="3", reason="坏了")
    assert "最多还能退 2" in much.text and 'name="line_1" value="3"' in much.text and 'value="坏了"' in much.text
    assert "请填写要退的数量" in refund(visitor, number, scope="some").text
    assert "把数量清空" in refund(visitor, number, scope="all", line_1="1").text
    assert refunds(shop) == (0, 0)


def test_order_without_money_to_give_back_has_no_form(shop, visitor):
    number = two_lines(shop)
    assert visitor.open(f"/console/orders/{number}/refund").status_code == 409
    assert "/refund" not in visitor.get(f"/console/orders/{number}")
