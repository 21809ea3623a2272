"""The checklist of a new shop (开店清单): what is left until the first sale."""

from __future__ import annotations

from core.console.auth import current_staff, requires
from core.console.views import start_steps
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, render

bp = Pages("console_start_pages", __name__)


@bp.route("/start")
@requires()
def index() -> str:
    """Each step with its state and its button."""
    found = start_steps.start(current_staff().permissions)
    return render("console/start/index.html", title=_("开店清单"), start=found)
