"""What plugins may answer about a price: everything else counts as a failure of the plugin. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.plugin import Adjustment, Claim, Lane, Problem

MAX_ANSWERS = 200
BEARERS = frozenset({"shop", "supplier", "platform"})


class BadAnswer(Exception):
    """A plugin answered something that can't be used; the message says what."""


def check_terms(terms: Any) -> None:
    """`load_for_cart`: anything hashable."""
    hash(terms)


def adjustments(answer: Any, positions: frozenset[int]) -> list[Adjustment]:
    """`quote`: copies of the proposals that no plugin holds; `positions` are those of the cart's lines."""
    return [_adjustment(item, positions) for item in _items(answer, Adjustment)]


def problems(answer: Any, positions: frozenset[int]) -> list[Problem]:
    """`cart_problems`: code and message as text, a position that exists or none."""
    found = _items(answer, Problem)
    for problem in found:
        _check_text(problem.code, 64, "code")
        _check_text(problem.message, 500, "message")
        if problem.position is not None:
            _check_positions([problem.position], positions)
    return found


def check_claims(answer: Any) -> None:
    """`claim_for_order`: claims or nothing."""
    _items(answer, Claim)


def _items(answer: Any, kind: type) -> list[Any]:
    if answer is None or answer == () or answer == []:
        return []
    if not isinstance(answer, Sequence) or isinstance(answer, str | bytes):
        raise BadAnswer(f"expected a sequence of {kind.__name__}, got {type(answer).__name__}")
    if len(answer) > MAX_ANSWERS:
        raise BadAnswer(f"{len(answer)} times {kind.__name__}, at most {MAX_ANSWERS}")
    wrong = next((item for item in answer if type(item) is not kind), None)
    if wrong is not None:
        raise BadAnswer(f"expected {kind.__name__}, got {type(wrong).__name__}")
    return list(answer)


def _adjustment(given: Adjustment, positions: frozenset[int]) -> Adjustment:
    _check_text(given.rule, 100, "rule")
    _check_text(given.reason, 200, "reason")
    _check_text(given.group, 100, "group", 0)
    _check_text(given.rule_version, 100, "rule_version", 0)
    _check_text(given.gives, 100, "gives", 0)
    if given.bearer not in BEARERS:
        raise BadAnswer(f"bearer {given.bearer!r}, expected one of {sorted(BEARERS)}")
    if not isinstance(given.per_line, Mapping):
        raise BadAnswer("per_line is no mapping")
    per_line = dict(given.per_line)
    _check_positions(per_line, positions)
    _check_positions(given.positions, positions)
    for fen in (given.discount_fen, *per_line.values()):
        _check_fen(fen)
    closes = frozenset(given.closes)
    if not all(isinstance(lane, Lane) for lane in closes):
        raise BadAnswer("closes holds something that is no Lane")
    return Adjustment(
        given.rule, given.reason, given.discount_fen, tuple(given.positions), per_line, given.group,
        given.rule_version, given.bearer, closes, given.gives,
    )


def _check_fen(fen: Any) -> None:
    if type(fen) is not int or fen < 0:
        raise BadAnswer(f"{fen!r} is no amount in fen")


def _check_positions(given: Iterable[Any], positions: frozenset[int]) -> None:
    for position in given:
        if type(position) is not int or position not in positions:
            raise BadAnswer(f"there is no line {position!r}")


def _check_text(value: Any, longest: int, name: str, shortest: int = 1) -> None:
    if not isinstance(value, str) or not shortest <= len(value) <= longest or "\x00" in value:
        raise BadAnswer(f"{name} should be text of {shortest} to {longest} characters")
    value.encode()
