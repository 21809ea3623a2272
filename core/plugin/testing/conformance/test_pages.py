"""Group 13: pages of the console want a login and the permission, open in both languages, and stay within the policy."""

from __future__ import annotations

import re

import pytest

from core.host.gate import PAGES
from core.plugin.testing.conformance.asking import hook
from core.plugin.testing.conformance.stage import open_page, own_pages
from core.plugin.testing.conformance.test_routes import permission_of

INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle\s*=\s*[\"']|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
FORM = re.compile(r"<form\b[^>]*\bmethod=[\"']?post.*?</form>", re.IGNORECASE | re.DOTALL)
ELSEWHERE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE)


@pytest.fixture(scope="session")
def plain(stage, app):
    """The plugin's pages that need nothing in their path."""
    return [rule for rule in own_pages(app, stage.subject.name) if not rule.arguments and "GET" in rule.methods]


def test_pages_want_a_login(stage, app):
    nobody = stage.tenant.browser()
    open_doors = [
        f"{rule.rule} answers {answer.status_code} without a login"
        for rule in own_pages(app, stage.subject.name)
        if "GET" in rule.methods
        and ((answer := open_page(nobody, rule)).status_code != 303 or "/console/login" not in answer.location)
    ]
    assert open_doors == []


def test_pages_want_the_permission(stage, app):
    roles = {permission.name: permission.roles for permission in stage.subject.plugin.permissions}
    clerk = stage.tenant.browser(stage.tenant.add_staff("clerk"))
    open_doors = [
        f"{rule.rule} answers {answer.status_code} to a clerk, who lacks {wanted}"
        for rule in own_pages(app, stage.subject.name)
        if "GET" in rule.methods and "clerk" not in roles[wanted := permission_of(app, rule.endpoint, "GET")]
        and (answer := open_page(clerk, rule)).status_code != 403
    ]
    assert open_doors == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_open_for_the_owner(stage, plain, language):
    browser = stage.tenant.browser(stage.tenant.owner, language)
    answers = [(rule.rule, open_page(browser, rule).status_code) for rule in plain]
    assert [answer for answer in answers if answer[1] != 200] == []


def test_pages_of_a_thing_open_or_say_that_there_is_none(stage, app):
    browser = stage.tenant.browser(stage.tenant.owner)
    rules = [rule for rule in own_pages(app, stage.subject.name) if rule.arguments and "GET" in rule.methods]
    broken = [(rule.rule, open_page(browser, rule).status_code) for rule in rules]
    assert [answer for answer in broken if answer[1] >= 500] == []


def test_pages_bring_no_script_style_or_address_of_elsewhere(stage, plain):
    browser = stage.tenant.browser(stage.tenant.owner)
    found = []
    for rule in plain:
        page = open_page(browser, rule).text
        found += [f"{rule.rule}: {match[0].strip()}" for pattern in (INLINE, ELSEWHERE) for match in pattern.finditer(page)]
    assert found == []


def test_forms_prove_where_they_come_from(stage, plain):
    browser = stage.tenant.browser(stage.tenant.owner)
    bare = [
        f"{rule.rule}: {form[0][:120]}"
        for rule in plain
        for form in FORM.finditer(open_page(browser, rule).text)
        if 'name="csrf"' not in form[0]
    ]
    assert bare == [], "put {{ csrf_field() }}{{ once_field() }} into the form, or use ui.form"


def test_forged_forms_change_nothing(stage, app):
    browser = stage.tenant.browser(stage.tenant.owner)
    rules = [rule for rule in own_pages(app, stage.subject.name) if "POST" in rule.methods]
    taken = [(rule.rule, open_page(browser, rule, "POST").status_code) for rule in rules]
    assert [answer for answer in taken if answer[1] != 403] == []


def test_menu_and_cards_lead_to_pages(stage):
    subject, tenant = stage.subject, stage.tenant
    with tenant.bound():
        nav, cards = (hook(subject.plugin, name) for name in ("console_nav", "dashboard_cards"))
        paths = [item.path for asked in (nav, cards) if asked for item in asked(ctx=tenant.context())]
    browser = tenant.browser(tenant.owner)
    places = [f"{PAGES}/{subject.name}/{path.strip('/')}" for path in paths if path]
    answers = [(place, browser.get(place.removeprefix("/console")).status_code) for place in places]
    assert [answer for answer in answers if answer[1] != 200] == []
