"""What points show in the mini-program: pieces of native pages, pages of their own, the card for the home page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.plugin import Block, Context, Page, Slot, shop
from core.plugin.build import A, B

from . import domain, gifts, orders, reading, spending, tasks
from .messages import say, yuan
from .settings import activity_percent, settings

LOG_PAGE = 30
Own = Mapping[str, Any]


def slot_blocks(session: Any, ctx: Context, slot: Slot) -> Sequence[Block]:
    """The blocks of a native page's slot; slots that points don't use cost nothing."""
    make = _SLOTS.get(slot.name)
    return make(session, ctx, slot) if make else ()


def _member_header(session: Any, ctx: Context, slot: Slot) -> Sequence[Block]:
    if ctx.buyer_id is None:
        return ()
    return [_figures(reading.summary(session, ctx.buyer_id, ctx.now))]


def _figures(account: reading.Summary) -> Block:
    home = A.page(page="points/home")
    items = [{"label": say("balance"), "value": f"{account.balance:,}", "action": home}]
    if account.expiring:
        items.append({"label": say("expiring"), "value": f"{account.expiring:,}", "tone": "warning"})
    items.append({"label": say("growth"), "value": f"{account.growth:,}"})
    if account.level:
        items.append({"label": say("level"), "value": account.level})
    return B.stat(items=items, id="account")


def _member_services(session: Any, ctx: Context, slot: Slot) -> Sequence[Block]:
    return [_ways()]


def _ways() -> Block:
    pages = (("mall", "points/mall"), ("log", "points/log"), ("tasks", "points/tasks"))
    return B.nav_grid(items=[{"text": say(key), "action": A.page(page=page)} for key, page in pages], id="ways")


def _promo(session: Any, ctx: Context, slot: Slot) -> Sequence[Block]:
    own = settings()
    texts = []
    points = own["per_yuan"] * activity_percent(own, ctx.now)
    if points >= 100:
        texts.append(say("promo", points=points // 100))
    if own["spend"]:
        texts.append(say("promo_spend", ratio=own["ratio"]))
    return [B.text(text=" · ".join(texts), tone="brand", size="small", id="promo")] if texts else ()


def _checkout(session: Any, ctx: Context, slot: Slot) -> Sequence[Block]:
    """A stepper for how many points to use, where any may be used."""
    cart, terms = slot.cart, slot.terms
    if cart is None or terms is None or not terms.spend or terms.choice.gift_id:
        return ()
    most, usable, fen = spending.room(cart, terms)
    if not most:
        return ()
    told = say("checkout_help", usable=usable, most=most, yuan=yuan(fen))
    field = {
        "name": "use", "kind": "stepper", "label": say("checkout_label"), "value": min(terms.choice.use, most),
        "min": 0, "max": most, "step": terms.rules.step, "help": told,
    }  # fmt: skip
    return [B.form(fields=[field], id="use")]


def _pay_done(session: Any, ctx: Context, slot: Slot) -> Sequence[Block]:
    order = orders.peek(session, slot.order_id) if slot.order_id else None
    if order is None or order.award_state != "waiting" or not order.award:
        return ()
    return [B.notice(text=say("pay_done", points=order.award), tone="success", id="award")]


_SLOTS = {
    "member.header": _member_header,
    "member.services": _member_services,
    "product.promo": _promo,
    "checkout.fields": _checkout,
    "pay.done": _pay_done,
}


def page(session: Any, ctx: Context, name: str, params: Mapping[str, str]) -> Page | None:
    """One of the pages home, log, mall, tasks; those about the shopper ask visitors to log in."""
    if name == "mall":
        return Page(say("mall"), tuple(_mall(session, ctx)))
    make = {"home": _home, "log": _log, "tasks": _tasks}.get(name)
    if make is None:
        return None
    title = say({"home": "balance"}.get(name, name))
    if ctx.buyer_id is None:
        login = B.button(text=say("login_button"), action=A.login(action=A.refresh()), block=True, id="login")
        return Page(title, (B.notice(text=say("login"), id="who"), login))
    return Page(title, tuple(make(session, ctx, ctx.buyer_id, params)))


def _home(session: Any, ctx: Context, buyer_id: int, params: Mapping[str, str]) -> Sequence[Block]:
    account = reading.summary(session, buyer_id, ctx.now)
    blocks = [_figures(account)]
    if account.debt:
        blocks.append(B.notice(text=say("debt", debt=account.debt), tone="danger", id="debt"))
    if account.frozen:
        blocks.append(B.text(text=f"{say('frozen')} {account.frozen:,}", tone="muted", size="small", id="frozen"))
    if account.next_level is not None:
        missing = max(account.next_growth - account.growth, 0)
        told = say("next_level", growth=missing, name=account.next_level)
        blocks.append(B.text(text=told, tone="muted", size="small", id="next"))
    return [*blocks, *checkin(session, ctx, say("sign_in")), _ways()]


def _log(session: Any, ctx: Context, buyer_id: int, params: Mapping[str, str]) -> Sequence[Block]:
    before = domain.whole_number(params.get("before") or 0)
    rows = reading.log(session, buyer_id, before, LOG_PAGE)
    items = [
        {
            "title": row.title,
            "subtitle": f"{row.at.astimezone(domain.SHOP_ZONE):%Y-%m-%d %H:%M} {row.note}".strip()[:120],
            "value": f"{row.points:+,}",
            "tone": "success" if row.points > 0 else "muted",
        }
        for row in rows
    ]
    blocks = [B.list(items=items, empty=say("no_log"), id="log")]
    if len(rows) == LOG_PAGE:
        older = A.page(page="points/log", params={"before": str(rows[-1].id)})
        blocks.append(B.button(text=say("more"), action=older, tone="muted", id="older"))
    return blocks


def _mall(session: Any, ctx: Context) -> Sequence[Block]:
    shelf = gifts.shelf(session, ctx.buyer_id, ctx.now)
    skus = shop().skus.by_id([gift.sku_id for gift in shelf])
    items = [_gift_item(gift, skus[gift.sku_id]) for gift in shelf if gift.sku_id in skus]
    return [B.product_grid(items=items, layout="grid2", empty=say("no_gifts"), id="gifts")]


def _gift_item(gift: gifts.GiftTerms, sku: Any) -> dict[str, Any]:
    text = say("gift_price_cash", points=gift.points, yuan=yuan(gift.cash_fen)) if gift.cash_fen else say(
        "gift_price_text", points=gift.points
    )
    item = {
        "id": str(sku.product_id), "title": f"{sku.title} {sku.spec}".strip()[:120], "price_text": text,
        "origin": sku.list_price_fen, "subtitle": say("gift_stock", left=gift.left),
    }  # fmt: skip
    if gift.left <= 0 or gift.mine_left == 0 or not sku.sold:
        return {**item, "badge": say("gone_badge")}
    chosen = json.dumps({"points": {"gift": gift.id}}, separators=(",", ":"))
    checkout = A.nav(to="checkout", params={"sku_id": str(gift.sku_id), "quantity": 1, "choices": chosen})
    return {**item, "button": say("redeem"), "action": A.login(action=checkout)}


def _tasks(session: Any, ctx: Context, buyer_id: int, params: Mapping[str, str]) -> Sequence[Block]:
    rows = [_task_row(task) for task in tasks.overview(session, ctx, buyer_id, settings())]
    return [*checkin(session, ctx, say("sign_in")), B.list(items=rows, empty=say("no_tasks"), id="tasks")]


def _task_row(task: tasks.Task) -> dict[str, Any]:
    row = {"title": task.title, "value": say("task_done") if task.done else f"+{task.points:,}"}
    if task.done or not task.claimable:
        return row
    return {**row, "subtitle": say("task_claim"), "action": A.call(op="points.claim", params={"task": task.key})}


def checkin(session: Any, ctx: Context, heading: str) -> Sequence[Block]:
    """The card to sign in with; nothing where the shop does not offer it."""
    own = settings()
    if not own["sign_in_points"]:
        return ()
    state = tasks.sign_in_state(session, ctx, ctx.buyer_id, own)
    if state.signed_today:
        inside = B.text(text=say("signed_today", streak=state.streak), tone="success", id="signed")
    else:
        sign = A.login(action=A.call(op="points.sign_in"))
        inside = B.button(text=say("sign_now", points=state.next_points), action=sign, block=True, id="sign")
    return [B.card(inside, title=heading, id="checkin")]
