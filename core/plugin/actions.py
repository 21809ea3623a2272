"""Actions: what a tap does in the mini-program. `A.toast(text="签到成功")` makes one; everything is data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from core.plugin.blocks import Block
from core.plugin.items import Action, Tone

Params = Mapping[str, Any]
NativePage = Literal[
    "home", "category", "search", "product", "cart", "checkout", "orders", "order", "member", "addresses",
    "favourites", "history", "privacy",
]  # fmt: skip


def plain(value: Any) -> Any:
    """`value` as JSON has it: instants as milliseconds, sequences as lists, mappings without None, blocks as they are."""
    if isinstance(value, datetime):
        return milliseconds(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970; raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a time needs its zone: {moment}")
    return int(moment.timestamp() * 1000)


def _action(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, **plain(members)}


class A:
    """One builder per action; arguments are the schema's props (`blocks.schema.json`, `action.<type>`)."""

    @staticmethod
    def nav(*, to: NativePage, params: Params | None = None, replace: bool | None = None) -> Action:
        """Open a page that the mini-program itself has: `A.nav(to="product", params={"id": 12})`."""
        return _action("nav", to=to, params=params, replace=replace)

    @staticmethod
    def page(*, page: str, params: Params | None = None, replace: bool | None = None) -> Action:
        """Open a block page, `<plugin>/<page>`."""
        return _action("page", page=page, params=params, replace=replace)

    @staticmethod
    def call(*, op: str, params: Params | None = None, confirm: str | None = None) -> Action:
        """Ask for one of your operations, `<plugin>.<operation>`, after the question `confirm`."""
        return _action("call", op=op, params=params, confirm=confirm)

    @staticmethod
    def toast(*, text: str, tone: Tone | None = None) -> Action:
        """Show a message for a moment."""
        return _action("toast", text=text, tone=tone)

    @staticmethod
    def modal(
        *, text: str, title: str | None = None, ok: str | None = None, cancel: str | None = None,
        action: Action | None = None,
    ) -> Action:  # fmt: skip
        """Show a message that has to be answered; `action` follows agreement."""
        return _action("modal", text=text, title=title, ok=ok, cancel=cancel, action=action)

    @staticmethod
    def sheet(*, blocks: Sequence[Block], title: str | None = None) -> Action:
        """Show blocks in a sheet from the bottom of the screen."""
        return _action("sheet", blocks=blocks, title=title)

    @staticmethod
    def copy(*, text: str, done: str | None = None) -> Action:
        """Put `text` on the clipboard."""
        return _action("copy", text=text, done=done)

    @staticmethod
    def tel(*, phone: str) -> Action:
        """Call a number."""
        return _action("tel", phone=phone)

    @staticmethod
    def map(*, longitude: float, latitude: float, name: str, address: str | None = None) -> Action:
        """Show a place on the map (GCJ-02)."""
        return _action("map", longitude=longitude, latitude=latitude, name=name, address=address)

    @staticmethod
    def share(*, title: str, img: str | None = None, page: str | None = None, params: Params | None = None) -> Action:
        """Share a block page, the present one without `page`."""
        return _action("share", title=title, img=img, page=page, params=params)

    @staticmethod
    def pay(*, order: str) -> Action:
        """Pay an order of the core's by its number."""
        return _action("pay", order=order)

    @staticmethod
    def login(*, action: Action | None = None) -> Action:
        """Log in, then go on with `action`."""
        return _action("login", action=action)

    @staticmethod
    def scan(*, op: str, params: Params | None = None) -> Action:
        """Scan a code and hand it to one of your operations as `params["code"]`."""
        return _action("scan", op=op, params=params)

    @staticmethod
    def subscribe(*, templates: Sequence[str], action: Action | None = None) -> Action:
        """Ask for leave to send messages of these templates (订阅消息), then go on with `action`."""
        return _action("subscribe", templates=templates, action=action)

    @staticmethod
    def refresh() -> Action:
        """Fetch the page again."""
        return _action("refresh")

    @staticmethod
    def back() -> Action:
        """Go back one page."""
        return _action("back")
