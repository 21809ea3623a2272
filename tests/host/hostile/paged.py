"""A plugin with pages that do what a test tells them."""

from __future__ import annotations

from core.plugin import NavItem, Permission, Plugin, hookimpl
from core.plugin.pages import Pages, done, render, url_for
from core.plugin.web import requires

deeds: dict[str, object] = {}


class Hooks:
    @hookimpl
    def console_nav(self):
        return [NavItem("页面", "page", "paged.view")]


bp = Pages("paged_pages", __name__)


@bp.route("/page", methods=["GET", "POST"])
@requires("paged.view")
def page():
    deed = deeds.get("page")
    return deed() if deed else render("console/components_of_nobody.html")


@bp.route("/form", methods=["GET", "POST"])
@requires("paged.view")
def form():
    return done("好了", url_for(".page"))


plugin = Plugin(
    name="paged", title="页面", summary="有页面", version="1.0.0", api="0.9", pages=bp, hooks=Hooks(),
    permissions=(Permission("paged.view", "查看"),),
)
