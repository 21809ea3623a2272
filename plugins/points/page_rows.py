"""Members, gifts, levels and changes as lists of pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.plugin.pages import Action, Cell, Chart, Column, Empty, Listing, Row, Series, url_for
from core.plugin.pages import gettext as _

from .messages import yuan


def members(page: Mapping[str, Any]) -> Listing:
    columns = [
        Column("member", _("会员"), wide=True),
        Column("level", _("等级")),
        Column("balance", _("积分"), "number"),
        Column("growth", _("成长值"), "number", phone=False),
    ]
    rows = [Row(_member(item), id=item["buyer_id"], href=url_for(".member", buyer_id=item["buyer_id"]))
            for item in page["items"]]
    empty = Empty(_("还没有会员积分"), _("会员下单、签到或您手动调整后，会显示在这里"), "users")
    return Listing(columns, rows, next=page["next_cursor"], search=_("会员号或完整手机号"), empty=empty)


def _member(item: Mapping[str, Any]) -> dict[str, Any]:
    debt = _("欠 %(debt)s 积分", debt=item["debt"]) if item["debt"] else ""
    tail = f"****{item['phone_tail']}" if item["member_no"] and item["phone_tail"] else ""
    who = Cell(item["member_no"] or name_of(item), sub=" · ".join(filter(None, [tail, debt])))
    return {"member": who, "level": item["level"] or "", "balance": item["balance"], "growth": item["growth"]}


def name_of(member: Mapping[str, Any]) -> str:
    """How staff call a member."""
    if member["member_no"]:
        tail = f"（****{member['phone_tail']}）" if member["phone_tail"] else ""
        return f"{member['member_no']}{tail}"
    return f"****{member['phone_tail']}" if member["phone_tail"] else _("顾客 %(id)s", id=member["buyer_id"])


def log(rows: Sequence[Any], following: str | None) -> Listing:
    columns = [
        Column("what", _("变动"), wide=True),
        Column("points", _("积分"), "number"),
        Column("at", _("时间"), "moment"),
    ]
    shown = [Row({"what": Cell(_(row.title), sub=row.note), "points": f"{row.points:+,}", "at": row.at}, id=row.id)
             for row in rows]
    return Listing(columns, shown, next=following, empty=Empty(_("还没有积分变动"), "", "star"))


def gifts(page: Mapping[str, Any]) -> Listing:
    columns = [
        Column("title", _("礼品"), wide=True),
        Column("price", _("兑换价")),
        Column("left", _("剩余"), "number"),
        Column("taken", _("已兑换"), "number", phone=False),
        Column("state", _("状态")),
    ]
    add = Action(_("添加礼品"), url_for(".new_gift"), "plus", tone="primary")
    empty = Empty(_("还没有礼品"), _("选一个商品，定好积分，会员就能兑换"), "gift", add)
    return Listing(columns, [_gift(row) for row in page["items"]], next=page["next_cursor"], empty=empty)


def _gift(row: Mapping[str, Any]) -> Row:
    price = _("%(points)s 积分", points=f"{row['points']:,}")
    on = row["active"] and row["taken"] < row["stock"]
    state = _("上架中") if on else _("已兑完") if row["active"] else _("已下架")
    cells = {
        "title": row["title"],
        "price": f"{price} + {yuan(row['cash_fen'])} {_('元')}" if row["cash_fen"] else price,
        "left": row["stock"] - row["taken"],
        "taken": row["taken"],
        "state": Cell(state, tone="success" if on else "muted"),
    }
    return Row(cells, id=row["id"], href=url_for(".edit_gift", gift_id=row["id"]))


def levels(rows: Sequence[Any]) -> Listing:
    columns = [
        Column("name", _("等级"), wide=True),
        Column("growth", _("所需成长值"), "number"),
        Column("price", _("会员价")),
        Column("earn", _("积分倍率"), phone=False),
        Column("members", _("会员数"), "number"),
    ]
    shown = [Row(_level(row), id=row.id, href=url_for(".edit_level", level_id=row.id)) for row in rows]
    add = Action(_("添加等级"), url_for(".new_level"), "plus", tone="primary")
    return Listing(columns, shown, empty=Empty(_("还没有等级"), _("按成长值分等级，等级越高优惠越多"), "award", add))


def _level(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "growth": row.growth,
        "price": _("不打折") if row.price_percent == 100 else f"{row.price_percent}%",
        "earn": _("%(times)s 倍", times=f"{row.earn_percent / 100:g}"),
        "members": row.members,
    }


def chart(days: Sequence[Any]) -> Chart:
    labels = [f"{row.day:%m-%d}" for row in days]
    series = [Series(_("发放"), [row.issued for row in days]), Series(_("使用"), [row.redeemed for row in days]),
              Series(_("过期"), [row.expired for row in days], dashed=True)]
    return Chart(_("近 30 天积分"), "line", labels, series)
