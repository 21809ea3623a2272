"""Tiny plugins with blocks: `club` does what it should, `rival` what its mood says, `mute` has nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

import marshmallow as ma
from sqlalchemy import text

from core.plugin import BlockKind, Context, Page, Plugin, Refused, Reply, Slot, hookimpl
from core.plugin.build import A, B
from core.web.text import Text

mood: dict[str, Callable[..., Any]] = {}
"""What `rival` does, by hook."""

calls: list[str] = []
"""Operations that `club` was asked to do."""


def _told(slot: Slot) -> str:
    about = (slot.product_id, slot.category_id, slot.order_id, len(slot.cart.lines) if slot.cart else None)
    return f"{slot.name} {' '.join(str(fact) for fact in about if fact is not None)}".strip()


class ClubSettings(ma.Schema):
    text = Text(20, load_default="欢迎", metadata={"label": "文字"})


def _card(ctx: Context, settings: Mapping[str, Any]) -> list:
    return [B.card(B.text(text=settings["text"]), id="card")]


class Club:
    @staticmethod
    @hookimpl
    def storefront_blocks(ctx: Context, slot: Slot) -> list:
        if slot.name == "checkout.fields":
            return [B.form(fields=[{"name": "use", "kind": "stepper", "label": "积分", "max": 5}], id="use")]
        return [B.notice(text=f"{_told(slot)} buyer {ctx.buyer_id}")]

    @staticmethod
    @hookimpl
    def storefront_page(ctx: Context, page: str, params: Mapping[str, str]) -> Page | None:
        if page == "hall":
            return Page("大厅", (B.text(text=f"{dict(params)} {ctx.buyer_id}", id="hall"),), ttl=15, share={"title": "来"})
        return Page("新版", (), min_level=2) if page == "later" else None

    @staticmethod
    @hookimpl
    def storefront_op(ctx: Context, session: Any, op: str, params: Mapping[str, Any], key: str) -> Reply | None:
        calls.append(op)
        if op == "unknown":
            return None
        session.execute(text("UPDATE buyer SET name = :name WHERE id = :id"), {"name": op, "id": ctx.buyer_id})
        if op == "refuse":
            raise Refused("club_full", "人数已满")
        if op == "fail":
            raise RuntimeError("secret")
        if op == "commit":
            session.commit()
        replies = {"garbage": "ok", "steal": Reply(actions=(A.call(op="rival.take"),))}
        return replies.get(op, Reply(actions=(A.toast(text=f"{op} {params} {len(calls)}"),), patch={"hall": {"text": "满"}}))

    @staticmethod
    @hookimpl
    def storefront_block_kinds(ctx: Context) -> list:
        return [BlockKind("offers", "会员专享", _card, ClubSettings)]


def _rival(hook: str, *args: Any) -> Any:
    return mood[hook](*args) if hook in mood else None


class Rival:
    @staticmethod
    @hookimpl
    def storefront_blocks(ctx: Context, slot: Slot) -> Any:
        return _rival("storefront_blocks", ctx, slot)

    @staticmethod
    @hookimpl
    def storefront_page(ctx: Context, page: str, params: Mapping[str, str]) -> Any:
        return _rival("storefront_page", ctx, page)

    @staticmethod
    @hookimpl
    def storefront_block_kinds(ctx: Context) -> Any:
        return _rival("storefront_block_kinds", ctx)


def _plugin(name: str, title: str, hooks: Any) -> Plugin:
    return Plugin(name=name, title=title, summary="for tests", version="1.2.0", api="0.9", hooks=hooks)


club = _plugin("club", "会员俱乐部", Club)
rival = _plugin("rival", "对头", Rival)
mute = _plugin("mute", "沉默", SimpleNamespace())

ENTRY_POINTS = tuple(
    EntryPoint(name, f"tests.core.blocks.tiny:{name}", "jishi.plugins") for name in ("club", "rival", "mute")
)
