"""The list of tenants."""

from __future__ import annotations

from flask import request, url_for
from sqlalchemy import RowMapping

from core.operator import acts, directory
from core.operator.pages.auth import operates
from core.operator.pages.words import MIGRATIONS, STATUSES
from core.ui.i18n import gettext as _
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row
from core.ui.pages import Pages, render

bp = Pages("operator_tenants_pages", __name__)


@bp.route("/tenants")
@operates
def index() -> str:
    plan, status = request.args.get("plan", ""), request.args.get("status", "")
    page = directory.page(
        request.args.get("q", ""),
        status=status if status in STATUSES else None,
        plan=_number(plan),
        before=_number(request.args.get("cursor", "")),
        trouble=request.args.get("trouble") == "1",
    )
    listing = Listing(
        _columns(), [_row(row) for row in page.items], next=page.next_before and str(page.next_before),
        search=_("店名、网址或域名"), filters=_filters(), empty=_empty(),
    )
    return render("operator/tenants/index.html", title=_("商户"), listing=listing)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _columns() -> list[Column]:
    return [
        Column("name", _("商户"), wide=True),
        Column("status", _("状态")),
        Column("plan", _("套餐"), phone=False),
        Column("orders", _("30 天订单"), "number", phone=False),
        Column("paid", _("30 天成交"), "money"),
        Column("last", _("最近订单"), phone=False),
        Column("stuck", _("投递受阻"), "number", phone=False),
        Column("migration", _("数据库"), phone=False),
    ]


def _row(row: RowMapping) -> Row:
    status, tone = STATUSES[row["status"]]
    version, version_tone = MIGRATIONS[row["migration"]]
    cells = {
        "name": Cell(row["name"], sub=row["slug"]),
        "status": Cell(status, tone=tone),
        "plan": row["plan"] or _("不限"),
        "orders": row["orders_30"],
        "paid": row["paid_30_fen"],
        "last": row["last_order_day"] or _("没有"),
        "stuck": Cell(row["stuck"], tone="danger") if row["stuck"] else 0,
        "migration": Cell(version, tone=version_tone),
    }
    return Row(cells, row["id"], url_for("operator_tenant_pages.show", tenant_id=row["id"]))


def _filters() -> list[Filter]:
    counts = directory.counts()
    shown = [status for status in ("active", "suspended", "requested", "provisioning", "moving", "closed")
             if counts[status] or status in ("active", "suspended")]
    tabs = Filter(
        "status", _("状态"), [("", _("全部")), *((one, STATUSES[one][0]) for one in shown)], "tabs",
        {"": sum(counts.values()), **counts},
    )
    plans = [("0", _("没有套餐")), *((str(plan.id), plan.name) for plan in acts.all_plans())]
    return [tabs, Filter("plan", _("全部套餐"), plans), Filter("trouble", _("不论是否正常"), [("1", _("有问题的"))])]


def _empty() -> Empty:
    return Empty(
        _("还没有商户"), _("商户在入驻页填写四项资料，一分钟后出现在这里"), "building-store",
        Action(_("打开入驻页"), "/signup", "external-link"),
    )
