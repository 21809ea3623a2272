"""Events told by a real worker process that is killed in the middle, twice: none lost, none told twice."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bench import teller, telling
from core import create_app
from core.db import db
from tests.core.conftest import config, open_new_shop, owner, wechat  # noqa: F401
from tests.core.host.conftest import Plugins

EVENTS = 800
LEFT_AT_KILLS = (680, 320)


@pytest.fixture(scope="module")
def app(config):  # noqa: F811
    return create_app(config, entry_points=[teller.ENTRY_POINT])


def test_worker_killed_twice_loses_nothing_and_tells_nothing_twice(app, config, open_new_shop):  # noqa: F811
    shop = open_new_shop("killed")
    Plugins.switch(shop, teller.NAME)
    told = telling.Round(app, shop.ref)
    told.emit(EVENTS)
    for left in LEFT_AT_KILLS:
        with telling.worker(config):
            told.beat_until(left)
        assert 0 < told.waiting() <= left
    with telling.worker(config):
        told.beat_until(0)
    assert told.told() == (EVENTS, EVENTS)
    with shop.bound():
        states = db.session.execute(text("SELECT state, attempts, count(*) FROM event_delivery GROUP BY 1, 2")).all()
        assert [tuple(row) for row in states] == [("done", 1, EVENTS)]
