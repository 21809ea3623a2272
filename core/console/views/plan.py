"""What the shop's plan (套餐) allows, what is used of it, and what happens at a limit: said before it is reached."""

from __future__ import annotations

from core.console.auth import requires
from core.limits import service as limits
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, render

bp = Pages("console_plan_pages", __name__)


@bp.route("/plan")
@requires("settings.edit")
def index() -> str:
    return render("console/plan/index.html", title=_("套餐与用量"), terms=limits.terms(), usage=limits.usage())
