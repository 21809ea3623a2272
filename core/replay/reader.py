"""The data to play: gzipped lines of JSON (products, members, orders) and `expected.json`, read as streams."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import orjson

FILES = ("products.jsonl.gz", "members.jsonl.gz", "orders.jsonl.gz", "expected.json")


class DataMissing(Exception):
    """The folder lacks a file, or `expected.json` a set; the message says which."""


class SoldLine(NamedTuple):
    """A line as it was sold: list − member − coupon = paid, in fen; `shop_coupon_fen` is part of the coupon."""

    sku: str
    quantity: int
    list_fen: int
    member_fen: int
    coupon_fen: int
    shop_coupon_fen: int
    paid_fen: int


class SoldOrder(NamedTuple):
    """An order as it was sold; `raw` is the line of the file it came from."""

    number: str
    member_no: str
    store_code: str
    online: bool
    placed_at: str
    lines: tuple[SoldLine, ...]
    paid_fen: int
    raw: dict[str, Any]

    @property
    def day(self) -> str:
        """The shop's date, `2017-01-02`."""
        return self.placed_at[:10]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One set of the folder: the orders of its days, and the products and members that these orders name."""

    folder: Path
    name: str
    expected: dict[str, Any]

    @property
    def first_day(self) -> date:
        return date.fromisoformat(self.expected["from_date"])

    @property
    def end(self) -> date:
        """The day after the last."""
        return date.fromisoformat(self.expected["to_date_exclusive"])

    def orders(self) -> Iterator[SoldOrder]:
        """In the order of the file, that is of time."""
        first, end = self.expected["from_date"], self.expected["to_date_exclusive"]
        for raw in self._rows("orders", lambda raw: first <= raw["placed_at"][:10] < end):
            yield sold_order(raw)

    def products(self, codes: set[str]) -> Iterator[dict[str, Any]]:
        return self._rows("products", lambda raw: raw["sku"] in codes)

    def members(self, numbers: set[str]) -> Iterator[dict[str, Any]]:
        return self._rows("members", lambda raw: raw["member_no"] in numbers)

    def _rows(self, kind: str, wanted: Callable[[dict[str, Any]], bool]) -> Iterator[dict[str, Any]]:
        with gzip.open(self.folder / f"{kind}.jsonl.gz", "rb") as file:
            for line in file:
                row = orjson.loads(line)
                if wanted(row):
                    yield row


def open_dataset(folder: Path, name: str) -> Dataset:
    """Raises DataMissing."""
    for file in FILES:
        if not (folder / file).is_file():
            raise DataMissing(f"{folder} 中没有 {file}")
    expected = orjson.loads((folder / "expected.json").read_bytes())
    if name not in expected:
        raise DataMissing(f"{folder / 'expected.json'} 中没有 {name}")
    return Dataset(folder, name, expected[name])


def sold_order(raw: dict[str, Any]) -> SoldOrder:
    return SoldOrder(
        raw["order_no"],
        raw["member_no"],
        raw["store_code"],
        raw["channel"] == "online",
        raw["placed_at"],
        tuple(
            SoldLine(
                line["sku"],
                line["qty"],
                line["list_fen"],
                line["member_disc_fen"],
                line["coupon_fen"],
                line["coupon_store_funded_fen"],
                line["paid_fen"],
            )
            for line in raw["lines"]
        ),
        raw["paid_fen"],
        raw,
    )
