"""Group 11: on, off, on keeps data; while off it is silent; purging leaves nothing."""

from __future__ import annotations

import pytest

from core.plugin.testing.client import STORE
from core.plugin.testing.conformance.stage import begin, own_rules, sell, visit, visit_everything
from core.plugin.testing.conformance.tablestate import changes, state
from core.plugin.testing.conformance.watching import code_run
from core.plugin.testing.passing import run_events, run_jobs
from core.plugin.testing.tenant import Tenant
from core.switches import service as switches
from tenants import plugins as installed
from tenants.owner import transaction

EXPORT = f"{STORE}/export"
"""What is kept about a buyer is told while the plugin is off, too."""
_KEPT = """
    SELECT (SELECT count(*) FROM plugin_setting WHERE plugin = :name),
           (SELECT count(*) FROM plugin_job WHERE plugin = :name),
           (SELECT count(*) FROM event_delivery WHERE consumer = :name),
           (SELECT count(*) FROM plugin_failure WHERE plugin = :name)
"""


@pytest.fixture
def used(running, servers, callbacks, tenant) -> Tenant:
    """A shop that sold something with the plugin on."""
    begin(tenant, running)
    sell(tenant, servers.wechat)
    run_events(tenant)
    run_jobs(tenant)
    return tenant


def test_off_and_on_again_keeps_what_it_knew(used, running, servers):
    before = state(used, running.plugin)
    off(used, running.name)
    assert changes(before, state(used, running.plugin)) == [], "switching off changed its tables"
    used.switch_on(running.name)
    assert changes(before, state(used, running.plugin)) == [], "switching on again changed its tables"
    off(used, running.name)
    with code_run(running.folder) as ran:
        sell(used, servers.wechat)
        run_events(used)
        run_jobs(used)
        visit_everything(used, running.name, but=EXPORT)
    assert ran == [], f"it is off, but this ran: {', '.join(ran)}"
    for rule in own_rules(used.app, running.name):
        assert visit(used, rule, "GET", {}).status_code == 404, f"it is off, but {rule.rule} answers"
    used.switch_on(running.name)
    run_events(used)


def test_purging_leaves_nothing(used, running, servers):
    off(used, running.name)
    used.purge(running.name)
    with transaction(servers.owner) as connection:
        assert installed.own_tables(connection, used.ref, running.name) == []
        query = "SELECT history FROM platform.tenant_revision WHERE key = %s AND history = %s"
        assert connection.execute(query, [used.ref.key, running.name]).fetchall() == []
    assert used.one(_KEPT, name=running.name) == (0, 0, 0, 0)
    assert used.state(running.name) == "off"


def off(tenant: Tenant, name: str) -> None:
    """Switch off; a plugin that has nothing open any more must not stay closing."""
    tenant.switch_off(name)
    with tenant.bound():
        blockers = switches.state(name)["blockers"]
    assert tenant.state(name) == "off", f"every order is complete, but it can't be switched off: {blockers}"
