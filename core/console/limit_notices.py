"""What the frame says when a limit of the plan is near or reached, to whoever can do something about it."""

from __future__ import annotations

from dataclasses import dataclass

from core.limits import service as limits
from core.limits.domain import Usage
from core.staff.domain import StaffFacts
from core.ui.i18n import gettext as _
from core.ui.i18n import told

PLACE = "/console/plan"


@dataclass(frozen=True, slots=True)
class Notice:
    """One line above a page; `tone` as everywhere."""

    text: str
    tone: str
    href: str


def notices(staff: StaffFacts) -> list[Notice]:
    """At most one line per limit of the bound shop's plan."""
    if "settings.edit" not in staff.permissions:
        return []
    return [_notice(row) for row in limits.warnings()]


def _notice(row: Usage) -> Notice:
    label, then = told(row.label), told(row.then)
    if row.stopped:
        text = _("本月订单 %(used)s 笔，超出套餐 %(limit)s 笔的 10%%，新的网上下单已暂停；门店收银和已有订单照常",
                 used=row.used, limit=row.limit)
        return Notice(text, "danger", PLACE)
    text = _("%(label)s已用 %(used)s，套餐上限 %(limit)s。%(then)s", label=label, used=row.used, limit=row.limit, then=then)
    return Notice(text, "warning", PLACE)
