"""Reading a sale as a till sends it. Pure, by hand and in one pass: a January has 120,000 lines.

`core.tills.schemas` says the same in marshmallow for the OpenAPI document; a test holds both together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from core.money import MAX_FEN
from core.tills.errors import SaleFault

MAX_SALES = 500
MAX_LINES = 1000
MAX_BODY = 8 * 1024 * 1024

CHANNELS = ("pos", "past")
"""`pos`: a till's sale, takes stock. `past`: an online order of the shop's former system, history only."""

ORDER_NO = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
CODE = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
QUANTITY = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")

_SALE_FIELDS = {"order_no", "store_code", "member_no", "placed_at", "channel", "lines", "paid_fen"}
_LINE_FIELDS = {
    "sku",
    "barcode",
    "qty",
    "list_fen",
    "member_disc_fen",
    "coupon_fen",
    "coupon_store_funded_fen",
    "paid_fen",
}


class SaleLine(NamedTuple):
    """A line as given: list − member − coupon = paid, which may be negative; `shop_coupon_fen` is part of the coupon.

    Exactly one of `sku` and `barcode` is set; `quantity` is digits as PostgreSQL takes them.
    """

    sku: str | None
    barcode: str | None
    quantity: str
    list_fen: int
    member_fen: int
    coupon_fen: int
    shop_coupon_fen: int
    paid_fen: int


class Sale(NamedTuple):
    order_no: str
    store_code: str
    member_no: str | None
    placed_at: datetime
    channel: str
    lines: tuple[SaleLine, ...]
    paid_fen: int

    @property
    def list_fen(self) -> int:
        return sum(line.list_fen for line in self.lines)

    def digest(self) -> str:
        """Fingerprint of the content, however it was spelt."""
        return hashlib.sha256(orjson.dumps(self, default=tuple)).hexdigest()


def read_sale(raw: Any, latest: datetime) -> Sale:
    """A sale from parsed JSON; raises SaleFault for the first thing wrong with it. `latest`: no sale is later."""
    _check_fields(raw, _SALE_FIELDS, "")
    lines = raw.get("lines")
    if type(lines) is not list or not lines:
        raise SaleFault("invalid", "订单至少要有一行商品", "lines")
    if len(lines) > MAX_LINES:
        raise SaleFault("too_many_lines", f"一个订单最多 {MAX_LINES} 行，收到 {len(lines)} 行", "lines")
    sale = Sale(
        _matching(raw, "order_no", ORDER_NO, "单号应为 1–64 位字母、数字或 _.:-"),
        _matching(raw, "store_code", CODE, "请填写门店编码"),
        None if raw.get("member_no") is None else _matching(raw, "member_no", CODE, "会员号有误"),
        _moment(raw.get("placed_at"), latest),
        _channel(raw.get("channel", "pos")),
        tuple([_read_line(line, index) for index, line in enumerate(lines)]),
        _fen(raw, "paid_fen", 0, ""),
    )
    total = sum([line.paid_fen for line in sale.lines])
    if total != sale.paid_fen:
        raise SaleFault("amounts_mismatch", f"各行实付合计 {total} 分，与订单实付 {sale.paid_fen} 分不符", "paid_fen")
    return sale


def order_no_of(raw: Any) -> str | None:
    """What to call a sale in the answer, however broken it is."""
    number = raw.get("order_no") if isinstance(raw, dict) else None
    return number if isinstance(number, str) and ORDER_NO.fullmatch(number) else None


def _read_line(raw: Any, index: int) -> SaleLine:
    place = f"lines.{index}."
    _check_fields(raw, _LINE_FIELDS, place)
    sku, barcode = raw.get("sku"), raw.get("barcode")
    if (sku is None) == (barcode is None):
        raise SaleFault("invalid", "请填写 sku 或 barcode 之一", f"{place}sku")
    code = sku if barcode is None else barcode
    if type(code) is not str or not CODE.fullmatch(code):
        raise SaleFault("invalid", "商品编码有误", place + ("sku" if barcode is None else "barcode"))
    line = SaleLine(
        sku,
        barcode,
        _quantity(raw.get("qty"), place),
        _fen(raw, "list_fen", 0, place),
        _fen(raw, "member_disc_fen", 0, place, 0),
        _fen(raw, "coupon_fen", 0, place, 0),
        _fen(raw, "coupon_store_funded_fen", 0, place, 0),
        _fen(raw, "paid_fen", -MAX_FEN, place),
    )
    _check_amounts(line, place)
    return line


def _check_amounts(line: SaleLine, place: str) -> None:
    if line.list_fen - line.member_fen - line.coupon_fen != line.paid_fen:
        raise SaleFault(
            "amounts_mismatch",
            f"原价 {line.list_fen} − 会员优惠 {line.member_fen} − 优惠券 {line.coupon_fen} 不等于实付 {line.paid_fen}",
            f"{place}paid_fen",
        )
    if line.shop_coupon_fen > line.coupon_fen:
        raise SaleFault("amounts_mismatch", "店铺承担的优惠券金额大于优惠券金额", f"{place}coupon_store_funded_fen")


def _check_fields(raw: Any, known: set[str], place: str) -> None:
    if type(raw) is not dict:
        raise SaleFault("invalid", "应为 JSON 对象", place.rstrip(".") or None)
    if not raw.keys() <= known:
        name = sorted(raw.keys() - known)[0]
        raise SaleFault("unknown_field", f"未知字段 {name[:64]}", place + name[:64])


def _matching(raw: Mapping[str, Any], name: str, pattern: re.Pattern[str], message: str) -> str:
    value = raw.get(name)
    if type(value) is not str or not pattern.fullmatch(value):
        raise SaleFault("invalid", message, name)
    return value


def _fen(raw: Mapping[str, Any], name: str, least: int, place: str, default: int | None = None) -> int:
    value = raw.get(name, default)
    if type(value) is not int:
        raise SaleFault("invalid", "金额应为整数（分）", place + name)
    if not least <= value <= MAX_FEN:
        raise SaleFault("invalid", f"金额 {value} 分超出范围", place + name)
    return value


def _quantity(value: Any, place: str) -> str:
    text = str(value) if type(value) is int else value
    if type(text) is not str or not QUANTITY.fullmatch(text) or not text.strip("0."):
        raise SaleFault("invalid", "数量应为 0.001 到 99999 之间的数，最多三位小数", f"{place}qty")
    return text if type(value) is int else f"{Decimal(text).normalize():f}"


def _moment(value: Any, latest: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if type(value) is str else None
        if moment is None or moment.tzinfo is None:
            raise SaleFault("invalid", "下单时间应为带时区的 ISO 8601 时间", "placed_at")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise SaleFault("invalid", "下单时间应为带时区的 ISO 8601 时间", "placed_at") from error
    if moment > latest:
        raise SaleFault("invalid", "下单时间在未来", "placed_at")
    return moment


def _channel(value: Any) -> str:
    if value not in CHANNELS:
        raise SaleFault("invalid", f"渠道应为 {' 或 '.join(CHANNELS)}", "channel")
    return value
