"""What a plugin shows on the console's own pages: descriptions that the console draws (its own: `core.plugin.pages`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from marshmallow import Schema


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the dashboard (看板卡片): a figure, or a few rows of (label, value); `path`, one of its pages, has more."""

    title: str
    value: str = ""
    hint: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    tone: str = "muted"
    path: str = ""


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the console's menu: `path` is one of the plugin's pages (`prizes`), `permission` one of its own."""

    label: str
    path: str
    permission: str
    icon: str = "puzzle"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a console table: `values` by row id, as text; a row that is missing stays empty."""

    key: str
    label: str
    values: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class FormSection:
    """A section on the product's form. `schema` draws and checks it, `values` are the present ones by product id.

    What the merchant saves comes back through the `save_product_form` hook.
    """

    title: str
    schema: type[Schema]
    values: Mapping[int, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Panel:
    """What a plugin says about one order: rows of (label, value) for people, `data` (JSON values) for programs."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order as `order_panels` is asked about it."""

    order_id: int
    number: str
    state: str
    buyer_id: int | None
    store_id: int
    payable_fen: int
