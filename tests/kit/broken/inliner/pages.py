from __future__ import annotations

from core.plugin.pages import Pages, render
from core.plugin.web import requires

bp = Pages("inliner_pages", __name__)


@bp.route("/page")
@requires("inliner.view")
def page():
    return render("inliner/page.html", title="夹带")
