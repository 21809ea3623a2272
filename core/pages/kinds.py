"""The product's own kinds of block for the home page (店铺装修), made like a plugin's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.catalog import browse
from core.pages import fields
from core.pages.pictures import fitting
from core.plugin import Block, BlockKind, Context
from core.plugin.build import A, Action, B, Product


def banner(ctx: Context, settings: Mapping[str, Any]) -> Sequence[Block]:
    items = [{"img": i["img"], "title": i["title"] or None, "action": _action(i)} for i in settings["items"]]
    return [B.banner(items=items, shape=settings["shape"])]


def notice(ctx: Context, settings: Mapping[str, Any]) -> Sequence[Block]:
    return [B.notice(text=settings["text"], tone=settings["tone"], action=_action(settings))]


def nav_grid(ctx: Context, settings: Mapping[str, Any]) -> Sequence[Block]:
    ways = [
        {"text": i["text"], "img": i["img"], "badge": i["badge"] or None, "action": _action(i) or A.nav(to="home")}
        for i in settings["items"]
    ]
    return [B.nav_grid(items=ways, columns=settings["columns"])]


def product_grid(ctx: Context, settings: Mapping[str, Any]) -> Sequence[Block]:
    """The products of a category, with everything below it; nothing at all when there are none."""
    found = browse.list_products({name: settings[name] for name in ("category_id", "sort", "limit")})["items"]
    if not found:
        return []
    grid = B.product_grid(items=[_product(card) for card in found], layout=settings["layout"])
    return [B.title(text=settings["title"]), grid] if settings["title"] else [grid]


def title(ctx: Context, settings: Mapping[str, Any]) -> Sequence[Block]:
    more, subtitle = settings["more"] or None, settings["subtitle"] or None
    return [B.title(text=settings["text"], subtitle=subtitle, more=more, action=_action(settings))]


def rich_text(ctx: Context, settings: Mapping[str, Any]) -> Sequence[Block]:
    return [B.rich_text(html=settings["html"])]


KINDS = {
    kind.name: kind
    for kind in (
        BlockKind("banner", "轮播图", banner, fields.BannerSchema),
        BlockKind("notice", "公告", notice, fields.NoticeSchema),
        BlockKind("nav-grid", "宫格导航", nav_grid, fields.NavGridSchema),
        BlockKind("product-grid", "商品列表", product_grid, fields.ProductGridSchema),
        BlockKind("title", "标题", title, fields.TitleSchema),
        BlockKind("rich-text", "图文", rich_text, fields.RichTextSchema),
    )
}


def _product(card: Mapping[str, Any]) -> Product:
    img = fitting(card["picture"], card["placeholder"])
    shown: Product = {"id": card["id"], "title": card["title"][:120], "price": card["price_fen"], "img": img}
    return {**shown, "subtitle": card["spec"][:120]} if card["spec"] else shown


def _action(settings: Mapping[str, Any]) -> Action | None:
    to, target = settings["link"], settings["target"]
    match to:
        case "none":
            return None
        case "page":
            return A.page(page=target)
        case "product" | "category" if target:
            return A.nav(to=to, params={"id": target})
        case "search" if target:
            return A.nav(to="search", params={"q": target})
    return A.nav(to=to)
