"""Bills: columns, sums, time of day, faults (wechat.md §4.10)."""

import gzip
import hashlib
import json
from datetime import datetime, timedelta

import pytest

from simulator.clock import SHANGHAI


@pytest.fixture
def day(shop):
    """Two payments and a refund early on one Shanghai day; the clock then stands at noon of the next."""
    now = datetime.fromtimestamp(shop.sim.get("clock")["now"], SHANGHAI)
    morning = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    shop.sim.advance((morning - now).total_seconds())
    shop.pay("B00000001", 1990)
    shop.pay("B00000002", 505, coupon_fen=5)
    shop.refund("B00000001", "BR1", 490)
    shop.sim.advance(27 * 3600)
    return f"{morning:%Y-%m-%d}"


def parse(text):
    lines = text.split("\r\n")
    rows = [dict(zip(lines[0].split(","), line[1:].split(",`"), strict=True)) for line in lines[1:-3]]
    return rows, dict(zip(lines[-3].split(","), lines[-2][1:].split(",`"), strict=True))


def fetch(shop, answer):
    status, body = answer
    offer = json.loads(body)
    assert status == 200, body
    plain = gzip.decompress(shop.wx.download_bill(offer["download_url"])[1])
    return plain.decode(), offer["hash_value"] == hashlib.sha1(plain).hexdigest()


def test_trade_bill_lists_the_day_and_its_columns_sum(shop, day):
    text, genuine = fetch(shop, shop.wx.trade_bill(day))
    rows, summary = parse(text)
    assert genuine
    names = ("商户订单号", "交易状态", "订单金额", "应结订单金额", "代金券金额", "退款金额", "手续费")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("B00000001", "SUCCESS", "19.90", "19.90", "0.00", "0.00", "0.12000"),
        ("B00000002", "SUCCESS", "5.05", "5.05", "0.05", "0.00", "0.03000"),
        ("B00000001", "REFUND", "0.00", "0.00", "0.00", "4.90", "-0.02000"),
    ]
    assert summary == {
        "总交易单数": "3", "应结订单总金额": "24.95", "退款总金额": "4.90", "充值券退款总金额": "0.00",
        "手续费总金额": "0.13000", "订单总金额": "24.95", "申请退款总金额": "4.90",
    }
    assert (len(rows[0]), rows[2]["商户退款单号"], rows[2]["退款状态"]) == (27, "BR1", "SUCCESS")


@pytest.mark.parametrize(("kind", "numbers"), [("SUCCESS", ["B00000001", "B00000002"]), ("REFUND", ["B00000001"])])
def test_trade_bill_of_one_kind(shop, day, kind, numbers):
    rows, _ = parse(fetch(shop, shop.wx.trade_bill(day, bill_type=kind))[0])
    assert [row["商户订单号"] for row in rows] == numbers


def test_fund_flow_bill_balances(shop, day):
    rows, summary = parse(fetch(shop, shop.wx.fundflow_bill(day))[0])
    assert [(r["业务类型"], r["收支类型"], r["收支金额(元)"], r["账户结余(元)"]) for r in rows] == [
        ("交易", "收入", "19.90", "19.90"), ("扣除交易手续费", "支出", "0.12", "19.78"),
        ("交易", "收入", "5.05", "24.83"), ("扣除交易手续费", "支出", "0.03", "24.80"),
        ("退款", "支出", "4.88", "19.92"),
    ]
    assert summary == {"资金流水总笔数": "5", "收入笔数": "2", "收入金额": "24.95", "支出笔数": "3", "支出金额": "5.03"}


def test_partner_bill_can_be_limited_to_a_sub_merchant(partner, day):
    partner.pay("B00000003", 100)
    paid = partner.query("B00000003")[1]["success_time"][:10]
    partner.sim.advance(2 * 86400)
    rows, _ = parse(fetch(partner, partner.wx.trade_bill(paid, sub_mchid="1800000003"))[0])
    assert [(row["商户号"], row["特约商户号"]) for row in rows] == [("1900000109", "1800000003")]


@pytest.mark.parametrize(("offset", "code"), [(1, "NO_STATEMENT_EXIST"), (-1, "NO_STATEMENT_EXIST"),
                                              (-200, "PARAM_ERROR")])
def test_bill_of_today_of_an_empty_day_and_of_long_ago(shop, day, offset, code):
    date = datetime.fromisoformat(day) + timedelta(days=offset)
    status, body = shop.wx.trade_bill(f"{date:%Y-%m-%d}")
    assert (status, json.loads(body)["code"]) == (400, code)


def test_download_of_another_merchant_is_refused(shop, other, day):
    url = json.loads(shop.wx.trade_bill(day)[1])["download_url"]
    assert other.wx.download_bill(url)[0] == 400


@pytest.mark.parametrize(("fault", "args", "numbers", "total"), [
    ("bill_missing_row", {"n": 1}, ["B00000002", "B00000001"], "5.05"),
    ("bill_amount_difference", {"diff_fen": 7}, ["B00000001", "B00000002", "B00000001"], "25.02"),
])
def test_bent_bill_is_consistent_in_itself(shop, day, fault, args, numbers, total):
    shop.sim.fault(fault, shop.match, args=args, times=1)
    text, genuine = fetch(shop, shop.wx.trade_bill(day))
    rows, summary = parse(text)
    assert ([row["商户订单号"] for row in rows], summary["订单总金额"], genuine) == (numbers, total, True)


def test_extra_row_is_of_an_unknown_order(shop, day):
    shop.sim.fault("bill_extra_row", shop.match, times=1)
    rows, _ = parse(fetch(shop, shop.wx.trade_bill(day))[0])
    assert (len(rows), rows[-1]["商户订单号"].startswith("EXTRA")) == (4, True)


def test_hash_mismatch_and_not_ready(shop, day):
    shop.sim.fault("bill_hash_mismatch", shop.match, times=1)
    assert fetch(shop, shop.wx.trade_bill(day))[1] is False
    shop.sim.fault("bill_not_ready", shop.match, times=1)
    assert [shop.wx.trade_bill(day)[0] for _ in range(2)] == [400, 200]
