"""What a plugin gets instead of the caller's arguments: equal objects of its own, so that changing them changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from core.plugin import Context, LineFact, OrderFacts, OrderRef, PriceStep, ProductRef, Slot

_FACTS = frozenset((Context, ProductRef, OrderRef, Slot, OrderFacts, LineFact, PriceStep))


class ArgumentsChanged(Exception):
    """A plugin changed what it was asked about."""


def twins(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a hook, again; a cart is passed on, whoever prices it makes the twin."""
    return {key: _given(value) for key, value in arguments.items()}


def twin(value: Any) -> Any:
    """An equal value that shares nothing changeable; what is neither fact nor JSON (a session, terms, a cart) is itself."""
    kind = type(value)
    if kind in _FACTS:
        return kind(*[twin(getattr(value, name)) for name in _names(kind)])
    if kind is tuple or kind is list:
        return kind([twin(item) for item in value])
    if kind is dict or kind is MappingProxyType:
        copy = {key: twin(item) for key, item in value.items()}
        return copy if kind is dict else MappingProxyType(copy)
    return value


def _given(value: Any) -> Any:
    return MappingProxyType(twin(value)) if type(value) is dict else twin(value)


@lru_cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
