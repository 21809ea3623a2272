"""Campaigns, figures and gifts as pages and the dashboard show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.plugin import Card
from core.plugin.pages import Action, Cell, Chart, Column, Empty, Filter, Listing, Row, Series, url_for
from core.plugin.pages import gettext as _
from core.plugin.pages import lazy_gettext as _l
from core.plugin.web import encode_cursor

from .domain import Basis, Gift, Level, Mode, Rule
from .models import CampaignRow, GiftRow
from .wording import label, yuan

PAGE = 20
STATES = {
    "on": (_l("进行中"), "success"),
    "coming": (_l("未开始"), "brand"),
    "over": (_l("已结束"), "muted"),
    "off": (_l("已停用"), "muted"),
}
USES = {"placed": (_l("待付款"), "warning"), "paid": (_l("已付款"), "success"), "gone": (_l("已取消或退款"), "muted")}


def state(rule: CampaignRow, now: datetime) -> str:
    """on, coming, over or off."""
    if rule.ends_at is not None and rule.ends_at <= now:
        return "over"
    if not rule.active:
        return "off"
    return "coming" if rule.starts_at > now else "on"


def campaigns(
    rows: Sequence[CampaignRow], figures: Mapping[int, Any], names: Mapping[int, str], now: datetime, start: int
) -> Listing:
    """A page of them, from the one at `start` of those in the chosen state."""
    states = {rule.id: state(rule, now) for rule in rows}
    tabs = Filter(
        "state", _("状态"), [("", _("全部")), *((key, str(text)) for key, (text, _tone) in STATES.items())], "tabs",
        {"": len(rows), **{key: list(states.values()).count(key) for key in STATES}},
    )  # fmt: skip
    columns = [
        Column("title", _("活动"), wide=True),
        Column("state", _("状态")),
        Column("orders", _("近 30 天订单"), "number", phone=False),
        Column("off", _("近 30 天优惠"), "money"),
        Column("until", _("结束时间"), "moment", phone=False),
    ]
    chosen = [rule for rule in rows if tabs.value in ("", states[rule.id])]
    shown = [_campaign(rule, states[rule.id], names, figures.get(rule.id)) for rule in chosen[start : start + PAGE]]
    following = encode_cursor(start + PAGE) if len(chosen) > start + PAGE else None
    add = Action(_("新建活动"), url_for(".new"), "plus", tone="primary")
    empty = Empty(_("还没有满减送活动"), _("例如：满 60 元减 8 元，顾客凑单更多"), "rosette-discount", add)
    return Listing(columns, shown, next=following, filters=[tabs], empty=empty)


def _campaign(rule: CampaignRow, now: str, names: Mapping[int, str], found: Mapping[str, Any] | None) -> Row:
    text, tone = STATES[now]
    cells = {
        "title": Cell(rule.title, sub="；".join(levels(rule, names))),
        "state": Cell(text, tone=tone),
        "orders": found["orders"] if found else 0,
        "off": found["off_fen"] if found else 0,
        "until": rule.ends_at,
    }
    return Row(cells, id=rule.id, href=url_for(".campaign", rule_id=rule.id))


def levels(rule: CampaignRow, names: Mapping[int, str]) -> list[str]:
    """The campaign's levels as shoppers read them."""
    plain = Rule(rule.id, rule.version, Basis(rule.basis), Mode(rule.mode), ())
    return [label(plain, _level(stored, names)) for stored in rule.levels]


def _level(stored: Mapping[str, Any], names: Mapping[int, str]) -> Level:
    gift = stored["gift_id"] and Gift(int(stored["gift_id"]), names.get(int(stored["gift_id"]), _("赠品")),
                                      stored["gift_quantity"])
    return Level(stored["at"], stored["off_fen"], stored["percent"], stored["free_shipping"], gift or None)


def about(rule: CampaignRow, names: Mapping[int, str], now: datetime) -> dict[str, Any]:
    """What the campaign's page says of it."""
    text, tone = STATES[state(rule, now)]
    scope = _("%(count)s 个商品", count=len(rule.products)) if rule.products else ""
    if rule.categories:
        scope = "、".join(filter(None, [scope, _("%(count)s 个分类", count=len(rule.categories))]))
    return {"state": text, "tone": tone, "levels": levels(rule, names), "scope": scope or _("全场")}


def charts(days: Sequence[Any]) -> list[Chart]:
    labels = [f"{row.day:%m-%d}" for row in days]
    return [
        Chart(_("每天的订单"), "bar", labels, [Series(_("订单"), [row.orders for row in days])]),
        Chart(_("每天的优惠"), "line", labels, [Series(_("优惠"), [row.off_fen for row in days])], "money"),
    ]


def orders(rows: Sequence[Mapping[str, Any]]) -> Listing:
    columns = [Column("number", _("订单"), wide=True), Column("state", _("状态")), Column("off", _("优惠"), "money"),
               Column("payable", _("应付"), "money", phone=False), Column("at", _("下单时间"), "moment", phone=False)]
    shown = [Row({"number": Cell(row["number"], href=f"/console/orders/{row['number']}"),
                  "state": Cell(USES[row["state"]][0], tone=USES[row["state"]][1]), "off": row["off_fen"],
                  "payable": row["payable_fen"], "at": row["at"]}) for row in rows]
    return Listing(columns, shown, empty=Empty(_("还没有订单用到"), _("有顾客凑够门槛下单后，会显示在这里"), "receipt"))


def gifts(rows: Sequence[GiftRow]) -> Listing:
    """A page of them where one more than PAGE was read."""
    columns = [Column("name", _("赠品"), wide=True), Column("stock", _("剩余"), "number")]
    shown = [Row({"name": row.name, "stock": row.stock}, id=row.id,
                 actions=[Action(_("增减"), url_for(".restock", gift_id=row.id))]) for row in rows[:PAGE]]
    add = Action(_("新建赠品"), url_for(".new_gift"), "plus", tone="primary")
    following = encode_cursor(rows[PAGE - 1].id) if len(rows) > PAGE else None
    return Listing(columns, shown, next=following, empty=Empty(_("还没有赠品"), _("添加后就能在活动里选它"), "gift", add))


def card(total: Any) -> Card:
    """The dashboard's."""
    rows = ((_("用到的订单"), f"{total.orders:,}"), (_("优惠金额"), f"¥{yuan(total.off_fen) if total.off_fen else 0}"))
    return Card(_("满减送（近 30 天）"), rows=rows, path="rules")
