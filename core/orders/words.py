"""The price ledger and the story of an order in words that a merchant reads. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.money import yuan
from core.orders.domain import STATE_NAMES

BEARERS = {"shop": "商家承担", "supplier": "供应商承担", "platform": "平台承担"}
ACTORS = {
    "buyer": "顾客", "system": "系统", "till": "收银机", "wechat": "微信支付", "staff": "店员", "support": "平台支持",
}
CHANNELS = {"online": "小程序", "pos": "收银台", "past": "历史订单"}
FULFILMENTS = {"pickup": "到店自提", "delivery": "同城配送", "counter": "门店购买"}

_NO_REASON = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger: what happened, by how much (signed), and what the order costs after it.

    `bearer` is who pays for it, None where nobody has to; `positions` are the lines it touches, none for shipping.
    """

    text: str
    amount_fen: int
    after_fen: int
    bearer: str | None
    positions: tuple[int, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the timeline: when, what, who, why; `state` is the order's state after it, None for a note."""

    at: Any
    text: str
    who: str
    why: str
    state: str | None


def money(amount_fen: int) -> str:
    """`-1234` → `−¥12.34`."""
    return f"{'−' if amount_fen < 0 else ''}¥{yuan(abs(amount_fen))}"


def ledger(steps: Sequence[Mapping[str, Any]], why: str = _NO_REASON) -> list[Entry]:
    """The steps of an order (lane, source, rule, bearer, amount_fen, allocation, reason) as rows that add up.

    The last row's `after_fen` is the payable amount. `why` is the reason that was given for the manual steps (改价).
    """
    entries, after = [], 0
    for step in steps:
        after += step["amount_fen"]
        positions = tuple(n for n, share in enumerate(step["allocation"], 1) if share)
        bearer = BEARERS.get(step["bearer"], step["bearer"]) if step["amount_fen"] < 0 else None
        entries.append(Entry(_step(step, positions, why), step["amount_fen"], after, bearer, positions, step["source"]))
    return entries


def _step(step: Mapping[str, Any], positions: tuple[int, ...], why: str) -> str:
    if step["lane"] == "manual":
        return _manual(step, positions, why)
    amount, reason = step["amount_fen"], step["reason"]
    if amount > 0:
        return f"{reason} {money(amount)}"
    if amount == 0:
        return f"{reason}（没有减免金额）"
    return f"{_as_discount(reason)} {money(-amount)}（{BEARERS.get(step['bearer'], step['bearer'])}）"


def _as_discount(reason: str) -> str:
    return reason if reason.endswith(("优惠", "减免", "抵扣", "免运费")) else f"{reason}优惠"


def _manual(step: Mapping[str, Any], positions: tuple[int, ...], why: str) -> str:
    whole = len(positions) in (0, len(step["allocation"]))
    where = "整单" if whole else f"第 {'、'.join(map(str, positions))} 行"
    rule = "" if step["rule"] == "manual.price" else f"（{step['reason']}）"
    sign = "+" if step["amount_fen"] > 0 else ""
    bearer = "" if step["bearer"] == "shop" or step["amount_fen"] >= 0 else f"，{BEARERS[step['bearer']]}"
    reason = f"，原因：{why}" if why else ""
    return f"改价{rule}：{where} {sign}{money(step['amount_fen'])}{bearer}{reason}"


def timeline(moves: Sequence[Mapping[str, Any]], adjusted: Collection[int] = ()) -> list[Event]:
    """An order's moves (from_state, to_state, at, actor, by, why) in words, oldest first.

    Moves that change no state are remarks (备注), those at the places `adjusted` say why the price was changed (改价).
    """
    return [_event(move, "改价" if place in adjusted else "备注") for place, move in enumerate(moves)]


def adjustments(moves: Sequence[Mapping[str, Any]], price_version: int, reasons: Sequence[str] = ()) -> list[int]:
    """The places of the moves that go with a change of price, of which there were `price_version` - 1.

    Only an unpaid order's price changes. Where such an order has remarks too, `reasons` (as the audit log has them,
    oldest first) tell them apart.
    """
    places = [n for n, move in enumerate(moves) if move["from_state"] == move["to_state"] == "pending"]
    if len(places) < price_version:
        return places
    found, wanted = [], list(reasons)
    for place in places:
        if wanted and moves[place]["why"] == wanted[0]:
            found.append(place)
            wanted.pop(0)
    return found


def _event(move: Mapping[str, Any], note: str) -> Event:
    who = move.get("by") or ACTORS.get(move["actor"], move["actor"])
    if move["from_state"] == move["to_state"]:
        return Event(move["at"], f"{note}：{move['why']}", who, move["why"], None)
    text = STATE_NAMES[move["to_state"]]
    return Event(move["at"], text, who, move["why"], move["to_state"])
