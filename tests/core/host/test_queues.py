"""Two queues: what plugins have to do waits in its own, and the core's never behind it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from rq import Queue
from sqlalchemy import text

from core.db import db
from core.host import due, jobs
from core.host.clock import Clock
from core.host.outbox import emit, park, subscribe
from core.plugin import OrderClosed, OrderReady
from core.services import services
from tests.core.host.conftest import deliveries, emit_ready, note, ready, write, written


@pytest.fixture
def queues(shop):
    """Empty queues and no tenant due."""
    with shop.bound():
        redis = jobs.connection()
        for queue in jobs.QUEUES:
            Queue(queue, connection=redis).delete(delete_jobs=True)
            services().redis.delete(due.due_set(queue))
        for key in services().redis.scan_iter("jishi:tick:*"):
            services().redis.delete(key)
        yield lambda name: Queue(name, connection=redis).count


def beat(shop) -> None:
    with shop.app.app_context():
        Clock(shop.app).beat()


def test_event_for_core_and_plugin_makes_the_shop_due_in_both_queues(shop, on, queues):
    on("lottery", note)
    subscribe(OrderReady, "core.notices", lambda event: None)
    emit_ready(shop, 1)
    with shop.bound():
        assert [due.take(queue) for queue in jobs.QUEUES] == [[shop.ref.key]] * 2


def test_event_for_the_core_alone_leaves_the_plugins_queue_alone(shop, plugins, queues):
    subscribe(OrderReady, "core.notices", lambda event: None)
    emit_ready(shop, 1)
    with shop.bound():
        assert [due.take(queue) for queue in jobs.QUEUES] == [[shop.ref.key], []]


def test_a_shop_has_one_tick_waiting_however_often_it_becomes_due(shop, on, queues):
    on("lottery", note)
    for order in (1, 2, 3):
        emit_ready(shop, order)
        beat(shop)
    assert queues("plugins") == 1
    jobs.work(shop.app, ("plugins",), burst=True)
    with shop.bound():
        assert written() == ["order-1", "order-2", "order-3"]
    emit_ready(shop, 4)
    beat(shop)
    assert queues("plugins") == 1


def test_storm_in_plugins_does_not_delay_the_core(shop, on, queues):
    """One worker: its slice of the storm ends, then comes the core's tick, the rest of the storm after it."""
    order, storming, done = [], Event(), Event()

    def storm(ctx, session, event):
        storming.set()
        order.append("storm")
        session.execute(text("SELECT pg_sleep(0.05)"))

    def somebody_closes_an_order() -> None:
        assert storming.wait(30)
        with shop.bound():
            emit(OrderClosed(order_id=1, number="1", channel="online", store_id=1, buyer_id=None, why="expired"))
            db.session.commit()
        while not done.wait(0.1):
            beat(shop)

    on("storm", storm)
    subscribe(OrderClosed, "core.money", lambda event: order.append("core"))
    emit_ready(shop, *range(60))
    beat(shop)
    with ThreadPoolExecutor(1) as pool:
        clock = pool.submit(somebody_closes_an_order)
        jobs.work(shop.app, jobs.QUEUES, burst=True)
        done.set()
        clock.result(30)
    assert order.count("storm") == 60
    assert 0 < order.index("core") < 40


def test_tick_that_was_not_enough_queues_up_again(shop, on, queues):
    on("slow", lambda ctx, session, event: session.execute(text("SELECT pg_sleep(0.06)")))
    emit_ready(shop, *range(40))
    beat(shop)
    jobs.work(shop.app, ("plugins",), burst=True)
    with shop.bound():
        assert {state for _, state, _ in deliveries()} == {"done"}


def test_plugin_that_was_switched_off_a_moment_ago_is_not_told(shop, plugins, on, queues):
    """The worker's cache still has it on; the tick asks anew."""
    on("lottery", note)
    with shop.bound():
        assert services().registry.by_key(shop.ref.key).plugins == (("lottery", "on"),)
    emit_ready(shop, 1)
    beat(shop)
    with shop.app.app_context(), db.engines["platform"].begin() as connection:
        connection.execute(text("UPDATE platform.tenant_plugin SET state = 'off' WHERE plugin = 'lottery'"))
    jobs.work(shop.app, ("plugins",), burst=True)
    with shop.bound():
        assert (written(), deliveries()) == ([], [("lottery", "pending", 0)])
        park("lottery")
        db.session.commit()


def test_hint_outlives_a_savepoint_and_waits_for_the_commit(shop, on, queues):
    on("lottery", note)
    with shop.bound():
        emit(ready(1))
        with db.session.begin_nested():
            write("inner")
        savepoint = db.session.begin_nested()
        write("undone")
        savepoint.rollback()
        assert services().redis.zscore(due.due_set("plugins"), shop.ref.key) is None
        db.session.commit()
        assert services().redis.zscore(due.due_set("plugins"), shop.ref.key) is not None
