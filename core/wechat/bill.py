"""The daily trade bill (交易账单), read by column name, its amounts turned into fen (wechat.md §4.10)."""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any
from urllib.parse import urlsplit

from core.wechat.errors import Retryable
from core.wechat.types import SHANGHAI

MAX_BYTES = 512 * 1024 * 1024
CHUNK = 256 * 1024
_SUMMARY_MARK = "总交易单数"


@dataclass(frozen=True, slots=True)
class BillLink:
    """Where a bill lies and the SHA-1 of its unpacked bytes."""

    url: str
    sha1: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BillRow:
    """One payment or refund. `fee_yuan` (手续费) has more decimals than fen; negative for a refund.

    `refund_fen` went back to the payer, `asked_fen` is what the refund was asked for: the same without coupons.
    """

    trade_time: datetime
    appid: str
    mchid: str
    sub_mchid: str
    transaction_id: str
    out_trade_no: str
    openid: str
    trade_type: str
    trade_state: str
    settled_fen: int
    coupon_fen: int
    total_fen: int
    refund_id: str
    out_refund_no: str
    refund_fen: int
    asked_fen: int
    refund_status: str
    description: str
    attach: str
    fee_yuan: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class BillSummary:
    """WeChat's own totals at the end of the bill."""

    count: int
    settled_fen: int
    refund_fen: int
    fee_yuan: Decimal


@dataclass(frozen=True, slots=True)
class TradeBill:
    """A day's bill as text; rows are read as they are asked for, a large shop has a hundred thousand."""

    day: date
    text: str

    def rows(self) -> Iterator[BillRow]:
        """Every detail row in the order of the file; raises ValueError naming line and cause."""
        return _read_rows(self.day, io.StringIO(self.text))

    def summary(self) -> BillSummary | None:
        """The summary row, or None when the file ends without one."""
        return _read_summary(io.StringIO(self.text))


@dataclass(frozen=True, slots=True)
class BillFile:
    """A day's bill in a file of plain UTF-8: however long it is, one line of it is in memory."""

    day: date
    file: IO[bytes]

    def rows(self) -> Iterator[BillRow]:
        """As `TradeBill.rows`."""
        self.file.seek(0)
        return _read_rows(self.day, (line.decode() for line in self.file))

    def summary(self) -> BillSummary | None:
        """As `TradeBill.summary`."""
        self.file.seek(0)
        return _read_summary(line.decode() for line in self.file)


def _read_rows(day: date, text: Iterable[str]) -> Iterator[BillRow]:
    lines = _lines(text)
    header = _header(next(lines, ""))
    for number, line in enumerate(lines, start=2):
        if line.startswith(_SUMMARY_MARK):
            return
        try:
            yield _row(dict(zip(header, _values(line), strict=True)))
        except (KeyError, ValueError, ArithmeticError) as error:
            raise ValueError(f"bill of {day}, line {number}: {error}") from error


def _read_summary(text: Iterable[str]) -> BillSummary | None:
    lines = _lines(text)
    for line in lines:
        if line.startswith(_SUMMARY_MARK):
            return _summary(dict(zip(_header(line), _values(next(lines, "")), strict=True)))
    return None


def _lines(text: Iterable[str]) -> Iterator[str]:
    stripped = (line.strip("\ufeff\r\n") for line in text)
    return (line for line in stripped if line)


def link(data: Mapping[str, Any]) -> BillLink:
    """The answer to a bill request."""
    return BillLink(data["download_url"], data["hash_value"])


def path_of(url: str, base_url: str) -> str:
    """Path and query of a download address below our gateway (wechat.md §2.8, 13)."""
    if url.startswith(base_url):
        return url.removeprefix(base_url)
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def unpack(packed: bytes, expected: BillLink) -> str:
    """The text of a downloaded bill, gzip or plain; raises Retryable when cut short, altered or too large."""
    try:
        plain = _bounded(packed) if packed.startswith(b"\x1f\x8b") else packed
        text = plain.decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise Retryable(wx_message=f"bill can't be read: {error}") from error
    # SHA-1 is what WeChat announces; the download itself is not signed.
    if hashlib.sha1(plain, usedforsecurity=False).hexdigest() != expected.sha1.lower():
        raise Retryable(wx_message="bill differs from its announced SHA-1")
    return text


def unpack_into(chunks: Iterable[bytes], expected: BillLink, file: IO[bytes]) -> None:
    """The same piece by piece into `file`, which may hold half a bill after a failure."""
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    try:
        for plain in _plain(iter(chunks)):
            size += len(plain)
            if size > MAX_BYTES:
                raise Retryable(wx_message=f"bill has more than {MAX_BYTES} bytes")
            digest.update(plain)
            file.write(plain)
    except zlib.error as error:
        raise Retryable(wx_message=f"bill can't be read: {error}") from error
    if digest.hexdigest() != expected.sha1.lower():
        raise Retryable(wx_message="bill differs from its announced SHA-1")


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What gzip chunks hold, never more than CHUNK at once; other chunks as they are."""
    first = next(chunks, b"")
    if not first.startswith(b"\x1f\x8b"):
        yield first
        yield from chunks
        return
    opener = zlib.decompressobj(wbits=31)
    for chunk in itertools.chain([first], chunks):
        while chunk:
            yield opener.decompress(chunk, CHUNK)
            chunk = opener.unconsumed_tail
    yield opener.flush()


def _bounded(packed: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        plain = stream.read(MAX_BYTES + 1)
    if len(plain) > MAX_BYTES:
        raise OSError(f"more than {MAX_BYTES} bytes")
    return plain


def _header(line: str) -> list[str]:
    return [name.strip().lstrip("`") for name in line.split(",")]


def _values(line: str) -> list[str]:
    """Every value begins with a backtick, so a comma inside a product name is no border."""
    return line.removeprefix("`").split(",`")


def _row(cells: Mapping[str, str]) -> BillRow:
    return BillRow(
        trade_time=datetime.fromisoformat(cells["交易时间"]).replace(tzinfo=SHANGHAI).astimezone(UTC),
        appid=cells["公众账号ID"],
        mchid=cells["商户号"],
        sub_mchid=cells.get("特约商户号", ""),
        transaction_id=cells["微信订单号"],
        out_trade_no=cells["商户订单号"],
        openid=cells.get("用户标识", ""),
        trade_type=cells.get("交易类型", ""),
        trade_state=cells["交易状态"],
        settled_fen=_fen(cells["应结订单金额"]),
        coupon_fen=_fen(cells.get("代金券金额", "0")),
        total_fen=_fen(cells["订单金额"]),
        refund_id=_number(cells["微信退款单号"]),
        out_refund_no=_number(cells["商户退款单号"]),
        refund_fen=_fen(cells["退款金额"]),
        asked_fen=_fen(cells.get("申请退款金额", cells["退款金额"])),
        refund_status=cells.get("退款状态", ""),
        description=cells.get("商品名称", ""),
        attach=cells.get("商户数据包", ""),
        fee_yuan=Decimal(cells["手续费"]),
    )


def _summary(cells: Mapping[str, str]) -> BillSummary:
    return BillSummary(
        count=int(cells["总交易单数"]),
        settled_fen=_fen(cells["应结订单总金额"]),
        refund_fen=_fen(cells["退款总金额"]),
        fee_yuan=Decimal(cells["手续费总金额"]),
    )


def _number(text: str) -> str:
    return "" if text == "0" else text


def _fen(yuan: str) -> int:
    fen = Decimal(yuan) * 100
    if fen != fen.to_integral_value():
        raise ValueError(f"{yuan} yuan is not whole fen")
    return int(fen)
