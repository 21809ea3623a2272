"""Pages of plugins: behind the gate, contained, drawn in our frame; misfits stay out and say why."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest
from sqlalchemy import text

from core import create_app
from core.db import db
from core.host.route_check import route_faults
from core.plugin import Permission, Plugin, Refused
from core.plugin.pages import Pages, render, url_for
from core.plugin.web import requires
from tests.core.console_pages.visitor import Visitor
from tests.host.hostile import paged
from tests.host.selling import failures, hostile, sells

PLUGINS = (hostile("paged"),)
PAGE = "/console/plugins/paged/page"


@pytest.fixture(autouse=True)
def told():
    paged.deeds.clear()
    yield
    paged.deeds.clear()


@pytest.fixture
def visitor(on) -> Visitor:
    return Visitor(on, on.staff_token)


def raises():
    raise RuntimeError("<b>broken</b>")


def exits():
    raise SystemExit(3)


def poisons():
    db.session.execute(text("SELECT nonsense"))


def missing_template():
    return render("paged/nothing.html")


@pytest.mark.parametrize("deed", [raises, exits, poisons, missing_template])
def test_page_that_fails_is_a_page_that_says_so(on, visitor, deed):
    paged.deeds["page"] = deed
    answer = visitor.open(PAGE)
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert ("这个功能暂时不可用，请稍后再试" in answer.text, "broken" in answer.text) == (True, False)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert failures(on) == [("paged", "route:paged_pages.page")]
    sells(on)


def test_refusal_of_a_form_is_told_where_it_came_from(on, visitor):
    def refuse():
        raise Refused("sold_out", "没有了")

    paged.deeds["page"] = refuse
    answer = visitor.post(PAGE, page="/console/components")
    assert (answer.status_code, answer.location, failures(on)) == (303, "/console/components", [])
    assert visitor.toasts() == ["没有了"]


def test_pages_are_nowhere_where_the_plugin_is_off(on, visitor, other_shop, switch):
    other = Visitor(other_shop, other_shop.staff_token)
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert other.open(PAGE, method).status_code == 404
    assert (PAGE in other.get("/console/components"), PAGE in visitor.get("/console/components")) == (False, True)
    switch(on, "paged", "off")
    assert visitor.open(PAGE).status_code == 404
    assert PAGE not in visitor.get("/console/components")


def test_page_of_a_plugin_wants_a_login_and_a_form_of_ours(on, visitor):
    assert Visitor(on).open(PAGE).location == "/console/login?next=%2Fconsole%2Fplugins%2Fpaged%2Fpage"
    assert visitor.open("/console/plugins/paged/form", "POST").status_code == 403
    answer = visitor.post("/console/plugins/paged/form", page="/console/components")
    assert (answer.status_code, answer.location) == (303, PAGE)


def faults_of(bp) -> list[str]:
    about = {"name": "odd", "title": "x", "summary": "x", "version": "1.0.0", "api": "0.9"}
    return list(route_faults(Plugin(**about, pages=bp, permissions=(Permission("odd.view", "看"),))))


def test_pages_that_can_not_be_contained_are_named():
    bp = Pages("odd_pages", __name__)
    bp.add_url_rule("/open", view_func=lambda: "", endpoint="open")
    bp.add_url_rule("/put", view_func=requires("odd.view")(lambda: ""), endpoint="put", methods=["PUT"])
    bp.add_url_rule("/other", view_func=requires("odd.other")(lambda: ""), endpoint="other")
    bp.context_processor(dict)
    assert faults_of(bp) == [
        "pages: has a context_processor, which would run for the page that tells of a failure: pass values to render",
        "pages view odd_pages.open has no @requires",
        "pages view odd_pages.other requires 'odd.other', which is not in the manifest",
        "pages: /put takes PUT: a form can only GET and POST",
    ]


def test_template_outside_of_the_plugins_folder_keeps_it_out(config, tmp_path):
    (tmp_path / "templates" / "console").mkdir(parents=True)
    (tmp_path / "templates" / "console" / "layout.html").write_text("mine")
    (tmp_path / "thief.py").write_text(
        "from core.plugin import Plugin\nfrom core.plugin.pages import Pages\n"
        "plugin = Plugin(name='thief', title='x', summary='x', version='1.0.0', api='0.9',"
        " pages=Pages('thief_pages', __name__))\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        app = create_app(config, [EntryPoint("thief", "thief:plugin", "jishi.plugins")])
    finally:
        sys.path.remove(str(tmp_path))
    assert app.extensions["jishi.plugins"].unfit["thief"].faults == (
        "the template 'console/layout.html' does not lie in a folder 'thief'",
    )
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_url_of_a_page_is_below_the_plugins_prefix(on):
    with on.app.test_request_context(PAGE):
        assert url_for("paged_pages.page") == PAGE
