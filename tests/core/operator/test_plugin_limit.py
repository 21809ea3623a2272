"""A plan's number of plugins, at the switch itself."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from flask import Flask

from core import create_app
from core.config import Config
from core.db import db
from core.limits.errors import PlanLimit
from core.operator import acts
from core.services import services
from core.switches import service
from core.switches.errors import PluginNotInPlan
from tenants.provision import new_key
from tests.core.shops import Shop
from tests.core.switches.conftest import ENTRY_POINTS

REASON = "按合同调整套餐"


@pytest.fixture(scope="module")
def app(config: Config) -> Flask:
    return create_app(config, ENTRY_POINTS)


def on_plan(operator, shop: Shop, **limits: object) -> None:
    plan = acts.create_plan(operator.facts, f"p{new_key()[:10]}", "小店", limits)
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, REASON)


def turn(shop: Shop, act: str, name: str) -> str:
    with shop.app.app_context():
        shop.ref = services().registry.fresh(shop.ref)
    with shop.bound():
        try:
            return getattr(service, act)(name)["switch"]
        finally:
            db.session.remove()


def test_plugin_above_the_number_stays_off(operator, shop):
    on_plan(operator, shop, plugins=1)
    turn(shop, "enable", "dummy")
    with pytest.raises(PlanLimit) as found:
        turn(shop, "enable", "moody")
    assert [found.value.extra[name] for name in ("limit", "most", "used")] == ["plugins", 1, 1]
    assert (turn(shop, "state", "moody"), turn(shop, "enable", "dummy")) == ("off", "on")


def test_lower_number_leaves_plugins_on(operator, shop):
    turn(shop, "enable", "dummy")
    on_plan(operator, shop, plugins=0)
    assert turn(shop, "enable", "dummy") == "on"
    turn(shop, "disable", "dummy")
    with pytest.raises(PlanLimit):
        turn(shop, "enable", "dummy")


def test_last_plugin_switched_on_by_two_at_once_is_one(operator, shop):
    on_plan(operator, shop, plugins=1)
    with shop.bound():
        service.change_settings("moody", {"token": "0123456789"})
    start, outcomes = Barrier(2), []

    def run(name: str) -> None:
        start.wait()
        try:
            outcomes.append(turn(shop, "enable", name))
        except PlanLimit:
            outcomes.append("refused")

    threads = [Thread(target=run, args=[name]) for name in ("dummy", "moody")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["on", "refused"]


def test_names_and_number_both_count(operator, shop):
    on_plan(operator, shop, plugins=5, plugin_names=["rival"])
    with pytest.raises(PluginNotInPlan):
        turn(shop, "enable", "dummy")
