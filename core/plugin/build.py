"""Builders of blocks and actions: `B.countdown(until=…, label=…)`, `A.toast(text=…)`.

Arguments are the props of `blocks.schema.json`; what is None is left out, aware instants become milliseconds. Every
block takes `id` (unique within what you return; needed to patch it) and `fallback` (drawn by older clients).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from core.plugin.actions import A, plain
from core.plugin.blocks import Block
from core.plugin.items import (
    Action,
    Avatar,
    Field,
    Figure,
    Option,
    Picture,
    Product,
    Row,
    Shape,
    Size,
    Tone,
    Way,
)

__all__ = [
    "A",
    "Action",
    "Avatar",
    "B",
    "Field",
    "Figure",
    "Option",
    "Picture",
    "Place",
    "Product",
    "Row",
    "Shape",
    "Size",
    "Tone",
    "Way",
]


class Place(TypedDict, total=False):
    """What every builder takes besides the props of its type."""

    id: str
    fallback: Block | None


def _block(kind: str, place: Place, children: Sequence[Block] = (), **props: Any) -> Block:
    return Block(kind, plain(props), place.get("id", ""), tuple(children), place.get("fallback"))


class B:
    """One builder per type of block."""

    @staticmethod
    def banner(*, items: Sequence[Picture], shape: Shape | None = None, **place: Unpack[Place]) -> Block:
        """Pictures that take turns (轮播图)."""
        return _block("banner", place, items=items, shape=shape)

    @staticmethod
    def image(
        *, img: str, alt: str | None = None, shape: Shape | None = None, action: Action | None = None,
        **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """One picture, as wide as the page."""
        return _block("image", place, img=img, alt=alt, shape=shape, action=action)

    @staticmethod
    def title(
        *, text: str, subtitle: str | None = None, more: str | None = None, action: Action | None = None,
        **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """A heading; `more` is a link at its right."""
        return _block("title", place, text=text, subtitle=subtitle, more=more, action=action)

    @staticmethod
    def notice(
        *, text: str, tone: Tone | None = None, action: Action | None = None, **place: Unpack[Place]
    ) -> Block:
        """One line that should not be missed (公告)."""
        return _block("notice", place, text=text, tone=tone, action=action)

    @staticmethod
    def nav_grid(*, items: Sequence[Way], columns: int | None = None, **place: Unpack[Place]) -> Block:
        """Ways to other pages (宫格导航), 3 to 5 in a row."""
        return _block("nav-grid", place, items=items, columns=columns)

    @staticmethod
    def product_grid(
        *, items: Sequence[Product], layout: Literal["grid2", "grid3", "list", "scroll"] | None = None,
        empty: str | None = None, **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """Products; `empty` is shown when there are none."""
        return _block("product-grid", place, items=items, layout=layout, empty=empty)

    @staticmethod
    def countdown(
        *, until: datetime, label: str | None = None, tone: Tone | None = None, ended: str | None = None,
        done: Action | None = None, **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """The time left (倒计时) until an aware instant; `done` happens when it is over."""
        return _block("countdown", place, until=until, label=label, tone=tone, ended=ended, done=done)

    @staticmethod
    def progress(
        *, value: int, label: str | None = None, text: str | None = None, tone: Tone | None = None,
        **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """How far something has come, in percent."""
        return _block("progress", place, value=value, label=label, text=text, tone=tone)

    @staticmethod
    def price(
        *, price: int, origin: int | None = None, label: str | None = None, unit: str | None = None,
        size: Size | None = None, **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """A price in fen, `origin` struck out. It only shows: what is paid is decided by `quote`."""
        return _block("price", place, price=price, origin=origin, label=label, unit=unit, size=size)

    @staticmethod
    def text(
        *, text: str, tone: Tone | None = None, size: Size | None = None,
        align: Literal["start", "center", "end"] | None = None, strong: bool | None = None, **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """A paragraph."""
        return _block("text", place, text=text, tone=tone, size=size, align=align, strong=strong)

    @staticmethod
    def rich_text(*, html: str, **place: Unpack[Place]) -> Block:
        """Formatted text; the host takes out what its allow-list does not have."""
        return _block("rich-text", place, html=html)

    @staticmethod
    def button(
        *, text: str, action: Action, tone: Tone | None = None, size: Size | None = None, block: bool | None = None,
        disabled: bool | None = None, **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """A button; `block` makes it as wide as the page."""
        return _block("button", place, text=text, action=action, tone=tone, size=size, block=block, disabled=disabled)

    @staticmethod
    def list(*, items: Sequence[Row], empty: str | None = None, **place: Unpack[Place]) -> Block:
        """Rows; `empty` is shown when there are none."""
        return _block("list", place, items=items, empty=empty)

    @staticmethod
    def stat(*, items: Sequence[Figure], **place: Unpack[Place]) -> Block:
        """Figures with a label each."""
        return _block("stat", place, items=items)

    @staticmethod
    def avatars(
        *, items: Sequence[Avatar], total: int | None = None, text: str | None = None, **place: Unpack[Place]
    ) -> Block:
        """Who takes part; `total` places in all."""
        return _block("avatars", place, items=items, total=total, text=text)

    @staticmethod
    def coupon(
        *, title: str, amount: int | None = None, amount_text: str | None = None, condition: str | None = None,
        period: str | None = None, state: Literal["open", "taken", "used", "expired", "gone"] | None = None,
        button: str | None = None, action: Action | None = None, **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """A coupon (优惠券), worth `amount` fen or what `amount_text` says."""
        return _block(
            "coupon", place, title=title, amount=amount, amount_text=amount_text, condition=condition, period=period,
            state=state, button=button, action=action,
        )  # fmt: skip

    @staticmethod
    def qrcode(
        *, content: str, text: str | None = None, size: Size | None = None, **place: Unpack[Place]
    ) -> Block:
        """A QR code that says `content`."""
        return _block("qrcode", place, content=content, text=text, size=size)

    @staticmethod
    def form(
        *, fields: Sequence[Field], submit: str | None = None, action: Action | None = None, **place: Unpack[Place]
    ) -> Block:
        """Fields; `action` is a call that gets their values. In `checkout.fields` without `submit` and `action`."""
        return _block("form", place, fields=fields, submit=submit, action=action)

    @staticmethod
    def card(
        *children: Block, title: str | None = None, subtitle: str | None = None, more: str | None = None,
        tone: Tone | None = None, action: Action | None = None, **place: Unpack[Place],
    ) -> Block:  # fmt: skip
        """A frame around other blocks, which are no cards themselves."""
        return _block("card", place, children, title=title, subtitle=subtitle, more=more, tone=tone, action=action)

    @staticmethod
    def space(*, size: Size | None = None, **place: Unpack[Place]) -> Block:
        """Room between two blocks."""
        return _block("space", place, size=size)
