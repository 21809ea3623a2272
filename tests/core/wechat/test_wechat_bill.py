"""The daily trade bill, read by column name."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.wechat.bill import BillLink, BillSummary, TradeBill, path_of, unpack
from core.wechat.errors import Retryable

HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
PAID = (
    "`2026-11-20 10:43:39,`wx1,`1900000109,`0,`,`4200000001,`P202611200001,`oUser,`JSAPI,`SUCCESS,`OTHERS,`CNY,"
    "`12.50,`1.00,`0,`0,`0.00,`0.00,`,`,`可乐,整箱,`附加,`0.07500,`0.60%,`12.50,`0.00,`"
)
REFUNDED = (
    "`2026-11-20 11:00:00,`wx1,`1900000109,`0,`,`4200000001,`P202611200001,`oUser,`JSAPI,`REFUND,`OTHERS,`CNY,"
    "`0.00,`0.00,`50000001,`R202611200001,`12.50,`0.00,`ORIGINAL,`SUCCESS,`可乐,整箱,`,`-0.07500,`0.60%,`0.00,`12.50,`"
)
SUMMARY = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n"
    "`2,`12.50,`12.50,`0.00,`0.00000,`12.50,`12.50"
)
TEXT = "\ufeff" + "\r\n".join([HEADER, PAID, REFUNDED, SUMMARY]) + "\r\n"
DAY = date(2026, 11, 20)


def test_rows_are_read_to_fen_and_utc() -> None:
    paid, refunded = TradeBill(DAY, TEXT).rows()
    assert (paid.trade_time, paid.total_fen, paid.coupon_fen) == (
        datetime(2026, 11, 20, 2, 43, 39, tzinfo=UTC),
        1250,
        100,
    )
    assert (paid.refund_id, paid.out_refund_no, paid.refund_fen) == ("", "", 0)
    assert (refunded.trade_state, refunded.out_refund_no, refunded.refund_fen) == ("REFUND", "R202611200001", 1250)
    assert (paid.fee_yuan, refunded.fee_yuan) == (Decimal("0.07500"), Decimal("-0.07500"))


def test_comma_inside_a_product_name_is_no_border() -> None:
    assert next(TradeBill(DAY, TEXT).rows()).description == "可乐,整箱"


def test_columns_in_another_order_are_found_by_name() -> None:
    def turned(line: str, mark: str) -> str:
        return mark + f",{mark}".join(reversed(line.removeprefix(mark).split(f",{mark}")))

    text = "\n".join([turned(HEADER, ""), turned(PAID, "`")])
    assert list(TradeBill(DAY, text).rows()) == [next(TradeBill(DAY, TEXT).rows())]


def test_summary_is_wechats_own() -> None:
    summary = TradeBill(DAY, TEXT).summary()
    assert summary == BillSummary(count=2, settled_fen=1250, refund_fen=1250, fee_yuan=Decimal("0.00000"))


def test_empty_bill_has_no_rows_and_no_summary() -> None:
    assert list(TradeBill(DAY, "").rows()) == []
    assert TradeBill(DAY, "").summary() is None


@pytest.mark.parametrize(
    "spoiled", [PAID.replace("`12.50", "`12.505"), PAID.rsplit(",`", 3)[0], PAID.replace("2026-", "x")]
)
def test_row_that_cannot_be_read_names_its_line(spoiled: str) -> None:
    with pytest.raises(ValueError, match="bill of 2026-11-20, line 3"):
        list(TradeBill(DAY, "\n".join([HEADER, PAID, spoiled])).rows())


def link(text: str) -> BillLink:
    return BillLink("https://api.mch.weixin.qq.com/v3/billdownload/file", hashlib.sha1(text.encode()).hexdigest())


def test_packed_and_plain_downloads_are_unpacked() -> None:
    assert unpack(gzip.compress(TEXT.encode(), mtime=0), link(TEXT)) == TEXT
    assert unpack(TEXT.encode(), link(TEXT)) == TEXT


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(TEXT.encode(), mtime=0)[:-20], gzip.compress(b"other", mtime=0), b"\x1f\x8bnonsense", b"\xff\xfe"],
)
def test_download_that_is_damaged_is_retryable(packed: bytes) -> None:
    with pytest.raises(Retryable):
        unpack(packed, link(TEXT))


def test_download_path_lies_below_our_gateway() -> None:
    official = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=a"
    assert path_of(official, "https://api.mch.weixin.qq.com") == "/v3/billdownload/file?token=a"
    assert path_of(official, "https://api2.mch.weixin.qq.com") == "/v3/billdownload/file?token=a"
    assert path_of("http://127.0.0.1:1/sim/v3/b", "http://127.0.0.1:1/sim") == "/v3/b"
