"""The fault catalogue (spec §7.5): what may go wrong, where, how often; switchable per merchant."""

import random
import re
from dataclasses import dataclass

from simulator.errors import ControlError
from simulator.models import Fault
from simulator.store import Store

CATALOGUE = {
    "notify": {
        "drop": ("all",),
        "delay": ("seconds",),
        "duplicate": ("n",),
        "reorder": ("max_seconds",),
        "tamper_signature": (),
        "tamper_body": (),
        "old_timestamp": ("seconds",),
        "future_timestamp": ("seconds",),
        "wrong_serial": (),
        "unknown_pub_key_id": (),
        "missing_sigtype": (),
        "sigtest_probe": (),
        "bad_aes_tag": (),
        "wrong_apiv3_key": (),
        "amount_mismatch": ("diff_fen",),
        "other_mchid": ("mchid", "url", "reencrypt"),
        "slow_reader": ("seconds",),
        "huge_body": ("bytes",),
        "concurrent": ("n",),
        "forge": ("known_key",),
    },
    "before_commit": {
        "error": ("status", "code", "message", "numeric"),
        "429": (),
        "500": (),
        "502": (),
        "connection_reset": (),
        "hang": ("seconds",),
    },
    "after_commit": {"hang_after_commit": ("seconds",), "reset_after_commit": (), "500_after_commit": ()},
    "response": {
        "tamper_response_signature": (),
        "sigtest_response": (),
        "missing_sig_headers": (),
        "wrong_charset": ("charset",),
        "truncated_json": (),
    },
    "pay": {
        "query_lag": ("seconds",),
        "close_race": (),
        "orderpaid_on_reorder": (),
        "user_paying": (),
        "order_not_exist": (),
        "appid_mismatch": (),
        "openid_mismatch": (),
    },
    "refund": {"refund_abnormal": (), "refund_closed": (), "refund_stuck": (), "refund_not_enough": ()},
    "bill": {
        "bill_missing_row": ("n",),
        "bill_extra_row": (),
        "bill_amount_difference": ("diff_fen",),
        "bill_hash_mismatch": (),
        "bill_not_ready": (),
    },
    "keys": {
        "rotate_platform_key": ("overlap",),
        "switch_verify_mode": (),
        "revoke_merchant_cert": (),
        "clock_skew": ("seconds",),
    },
    "weixin": {"token_expired": ("errcode",), "token_revoked_by_force_refresh": ()},
}
GROUP = {name: group for group, names in CATALOGUE.items() for name in names}
_MATCH = {"path", "method", "mchid", "appid", "out_trade_no", "out_refund_no", "event"}


def names_of(group: str) -> tuple[str, ...]:
    """The fault names of a group."""
    return tuple(CATALOGUE[group])


def is_errcode(name: str) -> bool:
    """Whether a fault is an errcode of api.weixin written as text."""
    return name not in GROUP and re.fullmatch(r"-?\d{1,10}", name) is not None


@dataclass(frozen=True)
class Where:
    """What is going on, for matching."""

    mchids: frozenset = frozenset()
    appids: frozenset = frozenset()
    path: str = ""
    method: str = ""
    out_trade_no: str | None = None
    out_refund_no: str | None = None
    event: str | None = None


def _matches(match: dict, where: Where) -> bool:
    if "mchid" in match and match["mchid"] not in where.mchids:
        return False
    if "appid" in match and match["appid"] not in where.appids:
        return False
    if "path" in match and not re.search(match["path"], where.path):
        return False
    exact = ("method", "out_trade_no", "out_refund_no", "event")
    return all(match[name] == getattr(where, name) for name in exact if name in match)


class Faults:
    """The faults that stand, consulted by every part of the simulator."""

    def __init__(self, store: Store):
        self._store = store
        self._rows = store.table(Fault)
        self._random: dict[str, random.Random] = {}

    def add(self, fault: Fault) -> Fault:
        """Let it stand; raises ControlError 400 for unknown names, arguments or match keys."""
        _validate(fault)
        with self._store.change():
            self._store.save(fault)
        return fault

    def take(self, name: str, where: Where) -> Fault | None:
        """The first standing fault of this name that strikes here; uses it up by one."""
        if not self._rows:
            return None
        return next(iter(self._strike((name,), where, 1)), None)

    def take_all(self, names: tuple[str, ...], where: Where) -> list[Fault]:
        """Every standing fault of these names that strikes here."""
        if not self._rows:
            return []
        return self._strike(names, where, len(self._rows))

    def take_errcode(self, where: Where) -> Fault | None:
        """The first standing errcode fault that strikes here."""
        names = tuple({fault.fault for fault in self._store.all(Fault) if is_errcode(fault.fault)})
        return next(iter(self._strike(names, where, 1)), None) if names else None

    def clear(self, mchid: str | None = None) -> int:
        """Remove all, or those that match one merchant; returns how many."""
        with self._store.change():
            gone = [row for row in self._rows.values() if mchid in (None, row.match.get("mchid"))]
            for row in gone:
                self._store.delete(row)
        return len(gone)

    def _strike(self, names: tuple[str, ...], where: Where, limit: int) -> list[Fault]:
        struck: list[Fault] = []
        with self._store.change():
            for fault in list(self._rows.values()):
                if len(struck) < limit and fault.fault in names and self._hits(fault, where):
                    struck.append(fault)
        return struck

    def _hits(self, fault: Fault, where: Where) -> bool:
        if fault.times == 0 or not _matches(fault.match, where):
            return False
        if fault.probability is not None and self._roll(fault) >= fault.probability:
            return False
        fault.hits += 1
        if fault.times is not None:
            fault.times -= 1
        self._store.save(fault)
        return True

    def _roll(self, fault: Fault) -> float:
        dice = self._random.setdefault(fault.id, random.Random(f"{fault.seed}/{fault.hits}"))
        return dice.random()


def _validate(fault: Fault) -> None:
    if fault.fault not in GROUP and not is_errcode(fault.fault):
        raise ControlError(400, "UNKNOWN_FAULT", f"no fault is called {fault.fault}")
    unknown = set(fault.match) - _MATCH
    if unknown:
        raise ControlError(400, "UNKNOWN_MATCH", f"cannot match by {sorted(unknown)}")
    allowed = CATALOGUE[GROUP[fault.fault]][fault.fault] if fault.fault in GROUP else ()
    strange = set(fault.args) - set(allowed)
    if strange:
        raise ControlError(400, "UNKNOWN_ARGUMENT", f"{fault.fault} takes {list(allowed)}, not {sorted(strange)}")
    try:
        re.compile(fault.match.get("path", ""))
    except re.error as error:
        raise ControlError(400, "BAD_PATTERN", str(error)) from error
