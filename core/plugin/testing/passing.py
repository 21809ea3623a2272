"""What goes on behind a shop while time passes: events are handed over, jobs come round."""

from __future__ import annotations

from contextlib import ExitStack

from core import clock
from core.host import chores, delivery, plugin_jobs
from core.plugin.testing.servers import AT_ONCE
from core.plugin.testing.tenant import Tenant
from core.switches import service as switches
from simulator.testing import Remote

_REFUSED = """
    SELECT d.consumer, e.name, d.last_error FROM event_delivery d JOIN event e ON e.id = d.event_id
    WHERE d.last_error IS NOT NULL AND d.state IN ('pending', 'stuck') ORDER BY d.event_id
"""
_FAILED = "SELECT plugin, job, last_error FROM plugin_job WHERE last_error IS NOT NULL ORDER BY plugin, job"


def run_events(tenant: Tenant) -> int:
    """Hand over every event that is due, those too that handlers emit; returns how many deliveries were made.

    Fails the test when a handler raised: its writes are rolled back and it would be tried again later.
    """
    made = 0
    with tenant.bound():
        while tried := delivery.deliver_due("core") + delivery.deliver_due("plugins"):
            made += tried
    refused = [f"{consumer} did not take {event}: {why}" for consumer, event, why in tenant.rows(_REFUSED)]
    assert refused == [], "\n".join(refused)
    return made


def run_jobs(tenant: Tenant) -> int:
    """Do what is due in the shop: the core's deadlines, the plugins' jobs, closing plugins go off.

    Returns how many jobs of plugins ran; fails the test when one raised.
    """
    with tenant.bound():
        chores.tick("core")
        ran = plugin_jobs.run_due()
        switches.end_closing()
    failed = [f"job {plugin}.{job} failed: {error}" for plugin, job, error in tenant.rows(_FAILED)]
    assert failed == [], "\n".join(failed)
    return ran


class Travel:
    """Moves the time of the shop and of WeChat's simulator forward; `back()` brings both to the present."""

    def __init__(self, wechat: Remote) -> None:
        self._wechat, self._scopes = wechat, ExitStack()
        self._away = False

    def __call__(self, seconds: float) -> None:
        """From now on `ctx.now` lies `seconds` further ahead; calls add up."""
        self._away = True
        self._scopes.enter_context(clock.travel(seconds))
        self._wechat.advance(seconds)

    def back(self) -> None:
        """Undo it; WeChat's simulator forgets the trades of the future."""
        self._scopes.close()
        if self._away:
            self._wechat.post("reset")
            self._wechat.post("settings", AT_ONCE)
