"""Hooks whose answers are shown to people: asked for the bound tenant, checked and made plain; failures stay apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from core.host.registry import host


class Shown(NamedTuple):
    """What one plugin shows; `value` is None where it failed."""

    plugin: str
    value: Any
    failed: bool = False


def ask(hook: str, shape: Callable[[Any], Any], **arguments: Any) -> list[Shown]:
    """Every plugin's answer to `hook` as `shape` makes it, in name order.

    `shape` turns an answer into JSON values and raises for what can't be: then the plugin has failed.
    """
    speaking = host().speaking(hook)
    if not speaking:
        return []
    return [
        Shown(answer.plugin, None, True) if answer.error else Shown(answer.plugin, shape(answer.value))
        for answer in host().bus.read(speaking, hook, check=shape, **arguments)
    ]


def items(answer: Any, kind: type, most: int) -> Sequence[Any]:
    """A sequence of at most `most` objects of `kind`, None for an empty one; raises TypeError, ValueError."""
    found = () if answer is None else answer
    if not isinstance(found, Sequence) or not all(isinstance(item, kind) for item in found):
        raise TypeError(f"expected a sequence of {kind.__name__}, got {answer!r}"[:200])
    if len(found) > most:
        raise ValueError(f"{len(found)} times {kind.__name__}, at most {most}")
    return found


def line(value: Any, longest: int = 200) -> str:
    """Text for one place on a page; raises TypeError, ValueError."""
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r}"[:200])
    if len(value) > longest:
        raise ValueError(f"text of {len(value)} characters, at most {longest}")
    value.encode()
    return value


def rows(pairs: Any, most: int = 50) -> list[list[str]]:
    """(label, value) pairs."""
    if len(pairs) > most:
        raise ValueError(f"{len(pairs)} rows, at most {most}")
    return [[line(label), line(value, 1000)] for label, value in pairs]
