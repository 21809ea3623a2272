"""Handlers that misbehave: theirs is undone and told, everybody else's is done."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.host import chores, failures
from core.host.delivery import MAX_ATTEMPTS
from core.host.models import PluginSetting
from core.host.outbox import deliver_due
from core.plugin import NotYet
from tests.core.host.conftest import deliveries, emit_ready, note, write, written

_NOTE = text(
    "INSERT INTO plugin_setting (plugin, version, data, updated_at) VALUES (:key, 1, '{}', now()) ON CONFLICT DO NOTHING"
)
BAD = 2
"""The order that the hostile handlers stumble over."""


def raises(ctx, session, event):
    raise RuntimeError("broken")


def exits(ctx, session, event):
    sys.exit("bye")


def swallows_poison(ctx, session, event):
    try:
        session.execute(text("SELECT * FROM no_such_table"))
    except Exception:
        return


def leaves_rows_that_are_refused(ctx, session, event):
    session.add_all([PluginSetting(plugin="refused", version=1, data={}, updated_at=None)])


def swallows_a_refused_flush(ctx, session, event):
    leaves_rows_that_are_refused(ctx, session, event)
    try:
        session.flush()
    except Exception:
        return


def commits(ctx, session, event):
    session.commit()


def commits_and_swallows(ctx, session, event):
    try:
        session.commit()
    except Exception:
        return


def rolls_back(ctx, session, event):
    session.rollback()


def closes(ctx, session, event):
    session.remove()


def rolls_back_and_goes_on(ctx, session, event):
    session.rollback()
    write("after")


def commits_past_the_session(ctx, session, event):
    session.connection().connection.driver_connection.commit()


def kills_its_connection(ctx, session, event):
    session.connection().connection.driver_connection.close()


def leaves_a_savepoint_open_and_raises(ctx, session, event):
    session.begin_nested()
    write("inner")
    raise RuntimeError("broken")


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("not even its name")


def raises_what_cant_be_told(ctx, session, event):
    raise Unspeakable


def raises_what_no_database_takes(ctx, session, event):
    raise RuntimeError("nul \x00 and half a pair \ud800")


HOSTILE = [
    raises,
    exits,
    swallows_poison,
    leaves_rows_that_are_refused,
    swallows_a_refused_flush,
    commits,
    commits_and_swallows,
    rolls_back,
    rolls_back_and_goes_on,
    closes,
    commits_past_the_session,
    kills_its_connection,
    leaves_a_savepoint_open_and_raises,
    raises_what_cant_be_told,
    raises_what_no_database_takes,
]


def stumbling(hostile):
    """Does its work, and the hostile thing after it for one order; repeating it does no harm."""

    def handle(ctx, session, event):
        session.execute(_NOTE, {"key": f"{hostile.__name__}-{event.order_id}"})
        if event.order_id == BAD:
            hostile(ctx, session, event)

    return handle


def test_hostile_handlers_leave_nothing_and_nobody_else_suffers(shop, on):
    for hostile in HOSTILE:
        on(hostile.__name__, stumbling(hostile))
    on("innocent", lambda ctx, session, event: write(f"innocent-{event.order_id}"))
    emit_ready(shop, 1, BAD, 3)
    with shop.bound():
        while deliver_due("plugins"):
            pass
        names = sorted(hostile.__name__ for hostile in HOSTILE)
        kept = [f"{name}-{order}" for name in names for order in (1, 3)]
        innocent = [f"innocent-{order}" for order in (1, BAD, 3)]
        assert set(written()) == {*kept, *innocent, f"commits_past_the_session-{BAD}"}
        good, bad = ("done", 1), ("pending", 1)
        states = {name: [good, bad, good] for name in names} | {"innocent": [good, good, good]}
        assert by_consumer() == states
        failures.flush()
        told = db.session.execute(text("SELECT plugin FROM plugin_failure WHERE place = 'handler:order.ready'"))
        assert sorted(told.scalars()) == names


def by_consumer() -> dict[str, list[tuple]]:
    found = {}
    for consumer, *rest in deliveries():
        found.setdefault(consumer, []).append(tuple(rest))
    return found


@pytest.mark.parametrize("hostile", [raises, exits, rolls_back], ids=lambda function: function.__name__)
def test_hostile_delivery_is_tried_eight_times_and_then_stuck(shop, on, hostile):
    on("hostile", hostile)
    emit_ready(shop, 1)
    with shop.bound():
        for attempt in range(MAX_ATTEMPTS):
            with travel(attempt * 4000):
                assert deliver_due("plugins") == 1
        with travel(100_000):
            assert deliver_due("plugins") == 0
        assert deliveries() == [("hostile", "stuck", MAX_ATTEMPTS)]
        assert chores.next_due("plugins") is None


def test_not_yet_is_no_failure_of_the_plugin(shop, on):
    def waits(ctx, session, event):
        raise NotYet("the courier's server is down")

    on("courier", waits)
    emit_ready(shop, 1)
    with shop.bound():
        deliver_due("plugins")
        failures.flush()
        assert db.session.execute(text("SELECT count(*) FROM plugin_failure")).scalar_one() == 0
        error = db.session.execute(text("SELECT last_error FROM event_delivery")).scalar_one()
        assert error == "NotYet: the courier's server is down"


def breaks_a_late_constraint(ctx, session, event):
    session.execute(text("INSERT INTO plugin_job (plugin, job, next_run) VALUES ('orphan', '', now())"))


def test_constraint_that_is_checked_at_the_end_costs_only_the_delivery_that_broke_it(shop, on, owner):
    schema = shop.ref.schema
    late = f"FOREIGN KEY (plugin) REFERENCES {schema}.plugin_setting DEFERRABLE INITIALLY DEFERRED"
    with owner.begin() as connection:
        connection.execute(text(f"ALTER TABLE {schema}.plugin_job ADD CONSTRAINT late {late}"))
    on("hostile", stumbling(breaks_a_late_constraint))
    emit_ready(shop, 1, BAD, 3)
    with shop.bound():
        while deliver_due("plugins"):
            pass
        assert written() == ["breaks_a_late_constraint-1", "breaks_a_late_constraint-3"]
        assert by_consumer() == {"hostile": [("done", 1), ("pending", 1), ("done", 1)]}


def test_own_savepoints_are_allowed(shop, on):
    def careful(ctx, session, event):
        write("kept")
        try:
            with session.begin_nested():
                write("kept")
        except Exception:
            write("second")

    on("careful", careful)
    emit_ready(shop, 1)
    with shop.bound():
        deliver_due("plugins")
        assert written() == ["kept", "second"]


def test_slow_handlers_commit_one_by_one(shop, on):
    """What was handed over is safe although a worker dies in the next, slow handler of the same claim."""

    def slow(ctx, session, event):
        session.execute(text("SELECT pg_sleep(0.06)"))
        if event.order_id == 3:
            raise KeyboardInterrupt
        note(ctx, session, event)

    on("slow", slow)
    emit_ready(shop, 1, 2, 3)
    with shop.bound():
        with pytest.raises(KeyboardInterrupt):
            deliver_due("plugins")
        db.session.rollback()
        assert written() == ["order-1", "order-2"]


def test_tick_of_plugins_ends_after_its_time(shop, on, monkeypatch):
    monkeypatch.setattr(chores, "PLUGIN_SECONDS", 0.1)
    on("slow", lambda ctx, session, event: session.execute(text("SELECT pg_sleep(0.06)")))
    emit_ready(shop, *range(10))
    with shop.bound():
        assert chores.tick("plugins")
        done = sum(state == "done" for _, state, _ in deliveries())
        assert 0 < done < 10
