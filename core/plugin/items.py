"""What stands inside a block: one typed dict per kind of item. Keys are those of `blocks.schema.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

Action = Mapping[str, Any]
"""What a tap does; made by `A`."""

Tone = Literal["brand", "danger", "warning", "success", "muted"]
Size = Literal["small", "medium", "large"]
Shape = Literal["wide", "square", "tall"]
Value = str | int | bool | None


class Picture(TypedDict, total=False):
    """A picture of a banner (轮播图)."""

    img: Required[str]
    title: str
    action: Action


class Way(TypedDict, total=False):
    """An entry of a nav-grid (宫格导航)."""

    text: Required[str]
    action: Required[Action]
    img: str
    badge: str


class Product(TypedDict, total=False):
    """A product of a product-grid; prices in fen, `progress` in percent, `id` as text."""

    title: Required[str]
    id: str
    subtitle: str
    img: str
    price: int
    price_text: str
    origin: int
    badge: str
    progress: int
    button: str
    action: Action


class Row(TypedDict, total=False):
    """A row of a list."""

    title: Required[str]
    subtitle: str
    value: str
    tone: Tone
    img: str
    action: Action


class Figure(TypedDict, total=False):
    """A figure of a stat."""

    label: Required[str]
    value: Required[str]
    hint: str
    tone: Tone
    action: Action


class Avatar(TypedDict, total=False):
    """Somebody who takes part: a picture, or one character."""

    text: str
    img: str


class Option(TypedDict, total=False):
    """What a radio or select field offers."""

    value: Required[str]
    text: Required[str]
    disabled: bool


class Field(TypedDict, total=False):
    """A field of a form; `name` is the key of its value in the params of the call."""

    name: Required[str]
    kind: Required[
        Literal["text", "number", "phone", "textarea", "radio", "select", "date", "stepper", "switch"]
    ]
    label: Required[str]
    value: Value
    placeholder: str
    help: str
    required: bool
    disabled: bool
    min: int
    max: int
    step: int
    max_length: int
    options: Sequence[Option]
