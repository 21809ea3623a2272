"""Whether the platform is well, part by part; the page looks again by itself."""

from __future__ import annotations

from typing import Any

from core.operator import health
from core.operator.health import Part
from core.operator.pages.auth import operates
from core.operator.pages.words import FIGURES, PARTS
from core.ui.formats import ago, number
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, render

bp = Pages("operator_health_pages", __name__)

_MEGABYTE = 1024 * 1024


@bp.route("/health")
@operates
def index() -> str:
    state = health.overview()
    return render("operator/health.html", title=_("运行状况"), state=state, parts=PARTS, figures=_figures)


def _figures(part: Part) -> list[tuple[Any, str]]:
    """(label, value) of what there is to say of a part."""
    known = {name: value for name, value in part.figures.items() if value is not None}
    return [(label, _shown(name, known[name])) for name, label in FIGURES.items() if name in known]


def _shown(name: str, value: Any) -> str:
    if name == "bytes":
        return f"{value / _MEGABYTE:,.1f} MB"
    if name == "ms":
        return _("%(n)s 毫秒", n=value)
    if name in {"beat", "oldest_due"}:
        return ago(value)
    return number(value)
