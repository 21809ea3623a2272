"""Starting the demo shop where it should not be, and beside a simulator that knows nothing of it."""

from __future__ import annotations

import pytest

from core import demo
from core.payments import profiles
from core.wechat.errors import NotFound
from tenants.context import bind
from tests.core.demo.conftest import configured, simulated


def test_demo_works_on_with_a_simulator_that_forgot_everything(demo_app, ensured):
    with simulated(demo_app, "2") as app:
        demo.ensure(app)
        with app.app_context(), bind(ensured), pytest.raises(NotFound):
            profiles.gateway().query("nosuchorder0001")


def test_demo_is_not_made_in_production(demo_app, ensured):
    with configured(demo_app, env="production") as app:
        demo.ensure(app, lambda done, total: pytest.fail("nothing to do"))
        with app.app_context():
            assert demo.logins() == []
