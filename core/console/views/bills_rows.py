"""Days and differences of the daily comparison in words, and what to do about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Column, Empty, Listing, Row

STATES = {
    "waiting": (_l("等待账单"), "muted"), "ok": (_l("一致"), "success"), "differs": (_l("有差异"), "danger"),
    "failed": (_l("没有取到"), "warning"),
}  # fmt: skip
_WORDS = {
    ("payment", "missing_here"): (
        _l("微信收了钱，本店没有这笔付款"),
        _l("到微信商户平台按单号查看是哪里收的：若是本店顾客，请原路退回或补记订单；若是其他系统收的，登记原因即可。"),
    ),
    ("payment", "missing_there"): (
        _l("本店记了付款，微信账单里没有"),
        _l("先不要发货，打开订单核对；到微信商户平台按单号查询，确认没收到就取消订单，隔天账单里出现则登记原因。"),
    ),
    ("payment", "amount_differs"): (
        _l("付款金额两边不同"), _l("到微信商户平台按单号核对实收金额，把多收的退给顾客，再登记原因。"),
    ),
    ("refund", "missing_here"): (
        _l("微信退了钱，本店没有这笔退款"),
        _l("多半是有人在微信商户平台手工退款：问清是谁退的，在订单里备注，再登记原因。"),
    ),
    ("refund", "missing_there"): (
        _l("本店记了退款，微信账单里没有"),
        _l("退款可能跨天到账，第二天再取一次；仍没有就到微信商户平台按单号查询，没退成要线下退给顾客。"),
    ),
    ("refund", "amount_differs"): (
        _l("退款金额两边不同"), _l("到微信商户平台按单号核对实退金额，少退的补给顾客，再登记原因。"),
    ),
}  # fmt: skip


def days(rows: Sequence[Mapping[str, Any]]) -> Listing:
    """One row per day and merchant account."""
    columns = [
        Column("day", _("日期")), Column("state", _("结果")),
        Column("paid_there", _("微信收款"), "money"), Column("paid_here", _("本店收款"), "money", phone=False),
        Column("refunded_there", _("微信退款"), "money", phone=False),
        Column("refunded_here", _("本店退款"), "money", phone=False),
        Column("fee", _("手续费"), "money", phone=False), Column("net", _("应到账"), "money", phone=False),
        Column("open", _("待处理"), "number"),
    ]
    hint = _("填好微信支付的商户密钥后，每天上午 10 点会自动取前一天的账单来核对。")
    empty = Empty(_("还没有账单"), hint, "scale", Action(_("去填收款设置"), "/console/payments", "brand-wechat"))
    return Listing(columns, [_day(row) for row in rows], empty=empty)


def _day(row: Mapping[str, Any]) -> Row:
    label, tone = STATES[row["state"]]
    known, place = row["fetched_at"] is not None, url_for("console_bills_pages.show", day=row["day"].isoformat())
    amounts = {
        "paid_there": row["paid_there_fen"], "paid_here": row["paid_here_fen"],
        "refunded_there": row["refunded_there_fen"], "refunded_here": row["refunded_here_fen"], "fee": row["fee_fen"],
        "net": row["net_there_fen"],
    }  # fmt: skip
    cells = {
        "day": Cell(row["day"].isoformat(), href=place, sub=_("商户号 %(number)s", number=row["mchid"])),
        "state": Cell(label, tone=tone, sub=told(row["error"] or "")),
        "open": Cell(str(row["unresolved"]), tone="danger", href=place) if row["unresolved"] else "",
        **(amounts if known else {}),
    }
    return Row(cells, href=place)


def account(row: Mapping[str, Any]) -> dict[str, Any]:
    """A merchant account's day, with `pairs`: (label, WeChat's, ours, is it money)."""
    label, tone = STATES[row["state"]]
    pairs = [
        (_("收款笔数"), row["payments_there"], row["payments_here"], False),
        (_("收款金额"), row["paid_there_fen"], row["paid_here_fen"], True),
        (_("退款笔数"), row["refunds_there"], row["refunds_here"], False),
        (_("退款金额"), row["refunded_there_fen"], row["refunded_here_fen"], True),
    ]
    return {**row, "label": label, "tone": tone, "pairs": pairs, "told": told(row["error"] or "")}


def difference(row: Mapping[str, Any]) -> dict[str, Any]:
    """A difference with `what` it is and `todo`."""
    what, todo = _WORDS[row["subject"], row["kind"]]
    return {**row, "what": what, "todo": todo}
