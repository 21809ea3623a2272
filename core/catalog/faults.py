"""What is wrong with one row of a set, and what became of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

NEW, UPDATED, UNCHANGED, FAILED = "new", "updated", "unchanged", "failed"

TEXTS = {
    "duplicate_row": "同一批里 {value} 出现了不止一次，只处理了第一次，请删去重复的行",
    "required": "新商品必填，请补上内容",
    "barcode_taken": "条码 {value} 已属于货号 {owner}，请核对两个商品的条码",
    "plu_taken": "PLU {value} 已属于货号 {owner}，请换一个号码",
    "unknown_sku": "没有货号或条码为 {value} 的商品，请先建立商品",
    "unknown_store": "没有编码为 {value} 的门店，请核对门店编码",
    "other_store": "您没有门店 {value} 的权限，请删去这一行或联系店主",
    "whole_units_only": "{value} 不是整数，这个商品按整{unit}计数，请填整数",
    "phone_taken": "手机号 {value} 已属于会员 {owner}，请核对两位会员的手机号",
    "phone_of_shopper": "手机号 {value} 已属于另一位顾客，会员号 {owner} 不能再用它，请核对手机号",
}


class Fault(NamedTuple):
    """Why row `index` of the set was not taken: which field, which value, what to do."""

    index: int
    field: str
    value: str
    code: str
    message: str


def fault(index: int, field: str, value: object, code: str, **more: object) -> Fault:
    shown = "" if value is None else str(value)
    return Fault(index, field, shown, code, TEXTS[code].format(value=shown, **more))


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by outcome; `results[i]` is `new`, `updated`, `unchanged` or `failed` for row i, `faults` says why."""

    results: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def new(self) -> int:
        return self.results.count(NEW)

    @property
    def updated(self) -> int:
        return self.results.count(UPDATED)

    @property
    def unchanged(self) -> int:
        return self.results.count(UNCHANGED)

    @property
    def failed(self) -> int:
        return self.results.count(FAILED)


def counts(results: Sequence[str | None], faults: Sequence[Fault]) -> Counts:
    """The outcome of a set: a row with a fault has failed, a row without a result has not changed."""
    failed = {each.index for each in faults}
    return Counts(
        tuple(FAILED if i in failed else result or UNCHANGED for i, result in enumerate(results)), tuple(faults)
    )


def repeated(keys: Sequence[str | None]) -> set[int]:
    """Places of keys that stood earlier in the sequence; None never repeats."""
    seen: Counter[str] = Counter()
    found = set()
    for index, key in enumerate(keys):
        if key is not None and seen[key]:
            found.add(index)
        seen[key or ""] += 1
    return found
