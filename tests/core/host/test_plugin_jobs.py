"""Jobs of plugins: once per round, whatever they do and however many workers there are."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy import text

from core.clock import now, travel
from core.db import db
from core.host import chores, due, failures, plugin_jobs
from core.plugin import Job, NotYet
from core.services import services
from tests.core.host.conftest import write, written

HOUR = 3600


def rows() -> list[tuple]:
    found = db.session.execute(text("SELECT plugin, job, attempts, last_error FROM plugin_job ORDER BY plugin, job"))
    return [tuple(row) for row in found]


def insert(shop, plugin: str) -> None:
    with shop.bound():
        plugin_jobs.insert(plugin)
        db.session.commit()


def test_job_runs_with_the_time_and_comes_round_again(shop, on):
    seen = []
    on("lottery", jobs=(Job("draw", HOUR, lambda ctx, session: seen.append(ctx)),))
    insert(shop, "lottery")
    with shop.bound():
        assert (plugin_jobs.run_due(), plugin_jobs.run_due()) == (1, 0)
        with travel(HOUR):
            assert plugin_jobs.run_due() == 1
    assert [ctx.tenant for ctx in seen] == [shop.ref.key] * 2
    assert seen[1].now - seen[0].now > timedelta(seconds=HOUR)


def test_rounds_that_were_missed_are_not_made_up_for(shop, on):
    on("lottery", jobs=(Job("draw", HOUR, lambda ctx, session: None),))
    insert(shop, "lottery")
    with shop.bound(), travel(10 * HOUR + 60):
        assert plugin_jobs.run_due() == 1
        next_run = db.session.execute(text("SELECT next_run FROM plugin_job")).scalar_one()
        assert timedelta() < next_run - now() < timedelta(seconds=HOUR)
        assert plugin_jobs.run_due() == 0


def test_first_run_is_when_the_plugin_says(shop, on):
    on("lottery", jobs=(Job("draw", HOUR, lambda ctx, session: None, first=lambda ctx: ctx.now + timedelta(hours=5)),))
    insert(shop, "lottery")
    with shop.bound():
        assert plugin_jobs.run_due() == 0
        assert chores.next_due("plugins") > now() + timedelta(hours=4)
        with travel(5 * HOUR):
            assert plugin_jobs.run_due() == 1


def test_insert_marks_the_shop_due_and_twice_is_once(shop, on):
    on("lottery", jobs=(Job("draw", HOUR, lambda ctx, session: None),))
    insert(shop, "lottery")
    insert(shop, "lottery")
    with shop.bound():
        assert rows() == [("lottery", "draw", 0, None)]
        assert services().redis.zscore(due.due_set("plugins"), shop.ref.key) is not None


def test_removed_jobs_do_not_run(shop, on):
    on("lottery", jobs=(Job("draw", HOUR, lambda ctx, session: write("drawn")),))
    insert(shop, "lottery")
    with shop.bound():
        plugin_jobs.remove("lottery")
        db.session.commit()
        assert rows() == []


def test_jobs_of_a_plugin_that_is_off_or_missing_do_not_run(shop, plugins):
    for name in ("off", "missing"):
        plugins.add(name, jobs=(Job("draw", HOUR, lambda ctx, session: write("drawn")),))
        plugins.switch(shop, name)
        insert(shop, name)
    plugins.switch(shop, "off", "off")
    plugins.remove("missing")
    with shop.bound():
        assert plugin_jobs.run_due() == 0
        assert (written(), chores.next_due("plugins")) == ([], None)


def test_two_shops_one_with_the_plugin(shop, other_shop, on):
    on("lottery", jobs=(Job("draw", HOUR, lambda ctx, session: write("drawn")),))
    with other_shop.bound():
        assert plugin_jobs.run_due() == 0
        assert (rows(), written()) == ([], [])
    with shop.bound():
        assert plugin_jobs.run_due() == 1
        assert written() == ["drawn"]


def test_job_that_came_with_a_newer_version_begins_by_itself(shop, on):
    on("lottery", jobs=(Job("draw", HOUR, lambda ctx, session: write("drawn")),))
    with shop.bound():
        assert chores.next_due("plugins") < now()
        chores.tick("plugins")
        assert (written(), rows()) == (["drawn"], [("lottery", "draw", 0, None)])


def raises(ctx, session):
    raise RuntimeError("broken")


def exits(ctx, session):
    sys.exit(3)


def poisons(ctx, session):
    try:
        session.execute(text("SELECT * FROM no_such_table"))
    except Exception:
        return


def commits(ctx, session):
    session.commit()


def rolls_back(ctx, session):
    session.rollback()


def kills_its_connection(ctx, session):
    session.connection().connection.driver_connection.close()


HOSTILE = [raises, exits, poisons, commits, rolls_back, kills_its_connection]


def test_hostile_jobs_leave_nothing_are_told_and_tried_at_the_next_round(shop, on):
    def stumbling(hostile):
        def run(ctx, session):
            write(f"half-{hostile.__name__}")
            hostile(ctx, session)

        return run

    on("hostile", jobs=tuple(Job(hostile.__name__, HOUR, stumbling(hostile)) for hostile in HOSTILE))
    on("innocent", jobs=(Job("draw", HOUR, lambda ctx, session: write(f"drawn-{ctx.now:%H}")),))
    with shop.bound():
        assert plugin_jobs.run_due() == len(HOSTILE) + 1
        assert plugin_jobs.run_due() == 0
        with travel(HOUR):
            assert plugin_jobs.run_due() == len(HOSTILE) + 1
        assert len(written()) == 2
        found = {job: (attempts, bool(error)) for _, job, attempts, error in rows()}
        assert found == dict.fromkeys((hostile.__name__ for hostile in HOSTILE), (2, True)) | {"draw": (0, False)}
        failures.flush()
        places = db.session.execute(text("SELECT place, count FROM plugin_failure ORDER BY place")).all()
        assert [tuple(row) for row in places] == [(f"job:{name}", 2) for name in sorted(f.__name__ for f in HOSTILE)]


def test_run_that_succeeds_forgets_earlier_failures(shop, on):
    outcomes = iter([NotYet("later"), None])

    def run(ctx, session):
        if error := next(outcomes):
            raise error

    on("lottery", jobs=(Job("draw", HOUR, run),))
    with shop.bound():
        plugin_jobs.run_due()
        assert rows() == [("lottery", "draw", 1, "NotYet: later")]
        with travel(HOUR):
            plugin_jobs.run_due()
        assert rows() == [("lottery", "draw", 0, None)]


@pytest.mark.parametrize("first", [lambda ctx: 1 / 0, lambda ctx: "tomorrow"], ids=["raises", "garbage"])
def test_job_whose_beginning_can_not_be_told_keeps_no_other_from_running(shop, on, first):
    on("hostile", jobs=(Job("draw", HOUR, lambda ctx, session: None, first=first),))
    on("innocent", jobs=(Job("draw", HOUR, lambda ctx, session: write("drawn")),))
    with shop.bound():
        assert plugin_jobs.run_due() == 1
        assert written() == ["drawn"]


def test_two_workers_run_a_job_once(shop, on):
    ran, together = [], Barrier(2)
    on("lottery", jobs=(Job("draw", HOUR, lambda ctx, session: ran.append(session.execute(text("SELECT 1")))),))
    insert(shop, "lottery")

    def work(_: int) -> int:
        with shop.bound():
            together.wait(10)
            return plugin_jobs.run_due()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == 1
    assert len(ran) == 1


def test_run_that_lasts_longer_than_a_round_is_not_overtaken(shop, on):
    begun, finish, ran = Event(), Event(), []

    def slow(ctx, session):
        ran.append(1)
        begun.set()
        assert finish.wait(30)

    on("lottery", jobs=(Job("draw", HOUR, slow),))
    insert(shop, "lottery")

    def work() -> None:
        with shop.bound():
            plugin_jobs.run_due()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(work)
        assert begun.wait(30)
        with shop.bound(), travel(2 * HOUR):
            plugin_jobs.run_due()
        finish.set()
        first.result(30)
    assert ran == [1]
