"""One tenant: what it is, what it uses, who was inside, what was done to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from core.clock import now, shop_time
from core.host.registry import host
from core.operator import directory, support
from core.operator.actions import label
from core.operator.directory import TenantDetail
from core.operator.pages.auth import current_operator, operates
from core.operator.pages.words import MIGRATIONS, PLUGIN_STATES, STATUSES, USAGE
from core.services import services
from core.ui.charts import Chart, Series
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.pages import Pages, done, render

bp = Pages("operator_tenant_pages", __name__)


@bp.route("/tenants/<id:tenant_id>")
@operates
def show(tenant_id: int) -> str:
    found = directory.detail(tenant_id)
    row = found.row
    return render(
        "operator/tenants/show.html", title=row["name"], charts=True, tenant=found, row=row, statuses=STATUSES,
        migrations=MIGRATIONS, plugin_states=PLUGIN_STATES, tones=USAGE, label=label, chart=_chart(found),
        own_host=f"{row['slug']}.{services().config.domain}", stands=_stands, titles=_titles(),
    )


@bp.route("/tenants/<id:tenant_id>/entries/<id:entry_id>/end", methods=["POST"])
@operates
def end_entry(tenant_id: int, entry_id: int) -> Response:
    support.revoke(current_operator(), tenant_id, entry_id)
    return done(_("已结束进店支持"), url_for(".show", tenant_id=tenant_id))


def _titles() -> dict[str, str]:
    """What the installed plugins are called."""
    return {name: told(loaded.plugin.title) for name, loaded in host().loaded.items()}


def _stands(entry: Any) -> tuple[str, str, bool]:
    """(word, tone, whether it can be ended) of an entry."""
    if entry["ended_at"] is not None:
        return _("已结束"), "muted", False
    if entry["expires_at"] <= now():
        return _("已到期"), "muted", False
    if entry["entered_at"] is None:
        return _("未进入"), "warning", True
    return _("在店内"), "brand", True


def _chart(found: TenantDetail) -> Chart:
    today = shop_time(now()).date()
    known = {day["day"]: day["paid_fen"] for day in found.daily}
    dates = [today - timedelta(days=back) for back in reversed(range(directory.DAYS))]
    values = [known.get(date, 0) for date in dates]
    return Chart(_("近 30 天成交额"), "bar", [f"{date:%m-%d}" for date in dates], [Series(_("成交额"), values)], "money")
