"""The ledger and the timeline in words."""

from __future__ import annotations

from core.orders.words import Entry, Event, ledger, money, timeline


def step(lane, rule, amount, allocation, reason, bearer="shop", source="core"):
    return {
        "lane": lane, "rule": rule, "amount_fen": amount, "allocation": allocation, "reason": reason, "bearer": bearer,
        "source": source,
    }  # fmt: skip


def test_ledger_tells_every_step_and_adds_up():
    steps = [
        step("list", "list_price", 5860, [2560, 3300], "商品原价"),
        step("unit_price", "member", -320, [-320, 0], "会员价"),
        step("coupon", "c1", -1000, [-400, -600], "满 50 减 10 优惠", bearer="supplier", source="coupons"),
        step("shipping", "delivery_fee", 400, [], "配送费"),
        step("shipping", "free", -400, [], "首单免运费", bearer="platform", source="points"),
        step("manual", "manual.price", -500, [-200, -300], "改价"),
        step("manual", "manual.goodwill", -100, [0, -100], "店铺让利", bearer="supplier"),
        step("manual", "manual.price", 60, [60, 0], "改价"),
    ]
    entries = ledger(steps, "老顾客")
    assert [entry.text for entry in entries] == [
        "商品原价 ¥58.60",
        "会员价优惠 ¥3.20（商家承担）",
        "满 50 减 10 优惠 ¥10.00（供应商承担）",
        "配送费 ¥4.00",
        "首单免运费 ¥4.00（平台承担）",
        "改价：整单 −¥5.00，原因：老顾客",
        "改价（店铺让利）：第 2 行 −¥1.00，供应商承担，原因：老顾客",
        "改价：第 1 行 +¥0.60，原因：老顾客",
    ]
    assert [entry.after_fen for entry in entries] == [5860, 5540, 4540, 4940, 4540, 4040, 3940, 4000]
    assert entries[1] == Entry("会员价优惠 ¥3.20（商家承担）", -320, 5540, "商家承担", (1,), "core")


def test_ledger_of_a_gift_names_it_without_an_amount():
    (entry,) = ledger([step("promotion", "gift", 0, [0, 0], "满赠纸巾")])
    assert (entry.text, entry.bearer, entry.positions) == ("满赠纸巾（没有减免金额）", None, ())


def test_money_shows_the_sign_before_the_currency():
    assert [money(0), money(5), money(-123456)] == ["¥0.00", "¥0.05", "−¥1234.56"]


def test_timeline_tells_who_and_notes_are_no_states():
    def move(before, after, actor, why, by=None):
        return {"from_state": before, "to_state": after, "at": "T", "actor": actor, "by": by, "why": why}

    moves = [
        move(None, "pending", "buyer", "提交订单"),
        move("pending", "pending", "staff", "老顾客", "店长"),
        move("pending", "paid", "wechat", "支付成功"),
    ]
    assert timeline(moves) == [
        Event("T", "待付款", "顾客", "提交订单", "pending"),
        Event("T", "备注：老顾客", "店长", "老顾客", None),
        Event("T", "已付款", "微信支付", "支付成功", "paid"),
    ]
