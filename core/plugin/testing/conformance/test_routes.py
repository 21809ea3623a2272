"""Group 7: every console route demands one of the manifest's permissions; a visitor breaks no storefront route."""

from __future__ import annotations

import pytest

from core.host.route_check import route_faults
from core.plugin.testing.client import CONSOLE, STORE
from core.plugin.testing.conformance.stage import own_rules, visit, visit_everything


def test_blueprints_can_be_mounted_and_contained(subject):
    assert list(route_faults(subject.plugin)) == []


def test_console_routes_want_a_login(stage, app):
    nobody = stage.tenant.console()
    open_doors = [
        f"{method} {rule.rule} answers {answer.status_code} without a login"
        for rule, method in requests_of(app, stage.subject.name, CONSOLE)
        if (answer := visit(stage.tenant, rule, method, {}, nobody)).status_code != 401
    ]
    assert open_doors == []


def test_console_routes_want_the_permission(stage, app):
    roles = {permission.name: permission.roles for permission in stage.subject.plugin.permissions}
    clerk = stage.tenant.console(stage.tenant.add_staff("clerk"))
    open_doors = [
        f"{method} {rule.rule} answers {answer.status_code} to a clerk, who lacks {wanted}"
        for rule, method in requests_of(app, stage.subject.name, CONSOLE)
        if (wanted := permission_of(app, rule.endpoint, method)) and "clerk" not in roles[wanted]
        and (answer := visit(stage.tenant, rule, method, {}, clerk)).status_code != 403
    ]
    assert open_doors == []


def test_owner_can_read_every_console_page(stage, app):
    broken = [
        f"{method} {rule.rule} answers {answer.status_code}: {answer.text}"
        for rule, method in requests_of(app, stage.subject.name, CONSOLE)
        if method == "GET" and (answer := visit(stage.tenant, rule, method, {})).status_code >= 500
    ]
    assert broken == []


@pytest.mark.parametrize("who", ["visitor", "shopper"])
def test_storefront_routes_do_not_break(stage, app, who):
    tenant = stage.tenant
    client = tenant.store(tenant.buyer if who == "shopper" else None)
    broken = [
        f"{method} {rule.rule} answers {answer.status_code} to a {who}: {answer.text}"
        for rule, method in requests_of(app, stage.subject.name, STORE)
        if (answer := visit(tenant, rule, method, {}, client)).status_code >= 500
    ]
    assert broken == []


def test_pages_of_the_shop_work_with_it(stage):
    tenant, name = stage.tenant, stage.subject.name
    pages = [(page.request.path, page.status_code) for page in visit_everything(tenant, name)]
    failed = tenant.rows("SELECT place, error FROM plugin_failure WHERE plugin = :name ORDER BY place", name=name)
    assert ([page for page in pages if page[1] >= 500], failed) == ([], [])


def requests_of(app, name: str, prefix: str) -> list:
    """(rule, method) of the plugin's routes on one side; HEAD and OPTIONS are Flask's own."""
    return [
        (rule, method)
        for rule in own_rules(app, name)
        if rule.rule.startswith(prefix)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def permission_of(app, endpoint: str, method: str) -> str | None:
    view = app.view_functions[endpoint]
    kind = getattr(view, "view_class", None)
    own = getattr(kind, method.lower(), None) if kind else None
    return getattr(own, "permission", None) or getattr(view, "permission", None)
