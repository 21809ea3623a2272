"""Plugins as consumers: who is told, and what waits for whom."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from core.db import db
from core.host import chores, due, outbox
from core.host.delivery import BATCH
from core.host.outbox import deliver_due
from core.plugin import Channel, Context
from core.services import services
from tests.core.host.conftest import deliveries, emit_ready, note, ready, write, written


def test_handler_is_told_the_typed_event_with_its_id_and_the_time(shop, on):
    told = []
    on("lottery", lambda ctx, session, event: told.append((ctx, event)))
    emit_ready(shop, 7)
    with shop.bound():
        assert deliver_due("plugins") == 1
        event_id = db.session.execute(text("SELECT id FROM event")).scalar_one()
    (ctx, event), = told
    assert event == replace(ready(7), event_id=event_id)
    assert ctx == Context(shop.ref.key, ctx.now, Channel.ONLINE)


def test_handlers_writes_and_done_commit_together(shop, on):
    on("lottery", note)
    emit_ready(shop, 1)
    with shop.bound():
        assert deliver_due("core") == 0
        assert deliver_due("plugins") == 1
        assert deliver_due("plugins") == 0
        assert (written(), deliveries()) == (["order-1"], [("lottery", "done", 1)])


def test_event_that_nobody_handles_leaves_no_row(shop, on):
    on("lottery")
    emit_ready(shop, 1)
    with shop.bound():
        assert deliveries() == []


def test_plugin_that_is_off_when_it_happens_is_never_told(shop, plugins):
    plugins.add("lottery", note)
    emit_ready(shop, 1)
    plugins.switch(shop, "lottery")
    with shop.bound():
        assert deliver_due("plugins") == 0
        assert (deliveries(), written()) == ([], [])


def test_closing_plugin_is_told(shop, plugins):
    plugins.add("lottery", note)
    plugins.switch(shop, "lottery", "closing")
    emit_ready(shop, 1)
    with shop.bound():
        assert deliver_due("plugins") == 1


def test_two_shops_one_with_the_plugin(shop, other_shop, on):
    on("lottery", note)
    emit_ready(shop, 1)
    emit_ready(other_shop, 2)
    with other_shop.bound():
        assert deliver_due("plugins") == 0
        assert (deliveries(), written()) == ([], [])
    with shop.bound():
        assert deliver_due("plugins") == 1
        assert (deliveries(), written()) == ([("lottery", "done", 1)], ["order-1"])


def test_parked_deliveries_rest_until_they_are_unparked(shop, on):
    on("lottery", note)
    on("raffle", lambda ctx, session, event: None)
    emit_ready(shop, 1, 2)
    with shop.bound():
        outbox.park("lottery")
        db.session.commit()
        assert deliver_due("plugins") == 2
        assert deliveries() == [("lottery", "parked", 0), ("raffle", "done", 1)] * 2
        assert chores.next_due("plugins") is None
        outbox.unpark("lottery")
        db.session.commit()
        assert services().redis.zscore(due.due_set("plugins"), shop.ref.key) is not None
        assert deliver_due("plugins") == 2
        assert written() == ["order-1", "order-2"]


def test_events_of_a_missing_plugin_wait_for_its_return(shop, plugins, on):
    on("lottery", note)
    plugins.remove("lottery")
    emit_ready(shop, 1)
    with shop.bound():
        assert deliver_due("plugins") == 0
        assert chores.next_due("plugins") is None
        assert deliveries() == [("lottery", "pending", 0)]
    plugins.add("lottery", note)
    with shop.bound():
        assert deliver_due("plugins") == 1
        assert written() == ["order-1"]


def test_event_that_a_plugin_turns_out_not_to_handle_is_done(shop, plugins, on):
    on("lottery", note)
    plugins.remove("lottery")
    emit_ready(shop, 1)
    plugins.add("lottery")
    with shop.bound():
        assert deliver_due("plugins") == 1
        assert (written(), deliveries()) == ([], [("lottery", "done", 1)])


def test_one_plugins_thousands_do_not_keep_another_waiting(shop, on):
    order = []
    on("aaa", lambda ctx, session, event: order.append("aaa"))
    emit_ready(shop, *range(120))
    on("zzz", lambda ctx, session, event: order.append("zzz"))
    emit_ready(shop, 500)
    with shop.bound():
        assert deliver_due("plugins") == 122
    assert order.index("zzz") <= BATCH


def test_handler_that_emits_hands_on(shop, on):
    def forward(ctx, session, event):
        if event.order_id == 1:
            outbox.emit(ready(2))
        write(f"order-{event.order_id}")

    on("lottery", forward)
    emit_ready(shop, 1)
    with shop.bound():
        assert deliver_due("plugins") == 2
        assert written() == ["order-1", "order-2"]
