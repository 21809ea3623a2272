"""Group 6: off is silent. Two shops, the plugin is on in one; nothing of it is anywhere in the other."""

from __future__ import annotations

from core.host.loading import history_of
from core.plugin.testing.conformance.stage import live, open_page, own_pages, own_rules, visit, visit_everything
from core.plugin.testing.conformance.watching import code_run
from core.plugin.testing.passing import run_events, run_jobs
from tenants import plugins as installed
from tenants.owner import transaction

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def test_none_of_it_runs_or_shows_in_the_other_shop(stage, servers):
    name, other = stage.subject.name, stage.other
    with code_run(stage.subject.folder) as ran:
        live(other, servers.wechat)
        run_events(other)
        run_jobs(other)
        pages = visit_everything(other, name)
    assert ran == [], f"{name} is off here, but this ran: {', '.join(ran)}"
    assert [page.request.path for page in pages if f'"{name}"' in page.text] == [], "these pages mention it"


def test_routes_answer_404_in_the_other_shop(stage, app):
    found = []
    for rule in own_rules(app, stage.subject.name):
        for method in METHODS:
            status = visit(stage.other, rule, method, {}).status_code
            if status != 404:
                found.append(f"{method} {rule.rule} answers {status}")
    assert found == []


def test_pages_answer_404_in_the_other_shop(stage, app):
    browser = stage.other.browser(stage.other.owner)
    found = [
        f"{method} {rule.rule} answers {status}"
        for rule in own_pages(app, stage.subject.name)
        for method in METHODS
        if (status := open_page(browser, rule, method).status_code) != 404
    ]
    assert found == []


def test_nothing_of_it_is_stored_for_the_other_shop(stage, servers):
    name, other = stage.subject.name, stage.other
    left = {
        "deliveries": other.one("SELECT count(*) FROM event_delivery WHERE consumer = :name", name=name),
        "jobs": other.one("SELECT count(*) FROM plugin_job WHERE plugin = :name", name=name),
        "settings": other.one("SELECT count(*) FROM plugin_setting WHERE plugin = :name", name=name),
        "failures": other.one("SELECT count(*) FROM plugin_failure WHERE plugin = :name", name=name),
    }
    with transaction(servers.owner) as connection:
        left["tables"] = len(installed.own_tables(connection, other.ref, name))
    assert left == dict.fromkeys(left, 0)


def test_the_shop_that_has_it_has_its_tables(stage, servers):
    """Proof that the tests above look in the right place."""
    if history_of(stage.subject.plugin) is not None:
        with transaction(servers.owner) as connection:
            assert installed.own_tables(connection, stage.tenant.ref, stage.subject.name)
