"""What the merchant is shown of failures: which plugin, where, since when, how often; whatever was rolled back."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.clock import now, travel
from core.db import db
from core.host import failures
from tests.host.selling import hostile

PLUGINS = (hostile("quiet"),)


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(failures, "WRITE_EVERY", 0.0)


def rows():
    found = db.session.execute(text("SELECT plugin, place, since, last_at, count, error FROM plugin_failure"))
    return [tuple(row) for row in found]


def test_failure_outlives_the_rollback_it_caused(on):
    with on.bound():
        db.session.execute(text("SELECT 1"))
        failures.report("quiet", "job:tidy", RuntimeError("broken"))
        db.session.rollback()
    with on.bound():
        [(plugin, place, since, last_at, count, error)] = rows()
        assert (plugin, place, since, count, error) == ("quiet", "job:tidy", last_at, 1, "RuntimeError: broken")


def test_since_stays_and_the_latest_error_is_told(on, at_once):
    with on.bound():
        started = now()
        for seconds in (0, 60, 120):
            with travel(seconds):
                failures.report("quiet", "hook:quote", RuntimeError(f"after {seconds}"))
                failures.report("quiet", "hook:quote", RuntimeError(f"after {seconds}, again"))
                failures.flush()
        [(_, _, since, last_at, count, error)] = rows()
        assert (round((since - started).total_seconds()), round((last_at - since).total_seconds())) == (0, 120)
        assert (count, error) == (6, "RuntimeError: after 120, again")


def test_storm_of_failures_is_one_write_and_none_is_forgotten(on, monkeypatch):
    with on.bound():
        for _ in range(50):
            failures.report("quiet", "hook:quote", RuntimeError("broken"))
            failures.flush()
        assert [row[4] for row in rows()] == [1]
        db.session.rollback()
        monkeypatch.setattr(failures, "WRITE_EVERY", 0.0)
        failures.report("quiet", "hook:quote", RuntimeError("broken"))
        failures.flush()
        assert [row[4] for row in rows()] == [51]


def test_forgotten_failures_are_gone(on):
    with on.bound():
        failures.report("quiet", "hook:quote", RuntimeError("broken"))
        failures.report("other", "hook:quote", RuntimeError("broken"))
        failures.flush()
        failures.forget("quiet")
        db.session.commit()
        assert [row[0] for row in rows()] == ["other"]


def test_text_that_no_database_takes_is_told_all_the_same(on):
    with on.bound():
        failures.report("quiet", "hook:quote", RuntimeError("nul \x00, half \ud800, long " + "x" * 5000))
        failures.flush()
        [(*_, error)] = rows()
        assert error.startswith("RuntimeError: nul , half ?, long xxx")


def test_report_without_a_shop_is_logged_only(app):
    failures.report("quiet", "hook:quote", RuntimeError("broken"))
    with app.app_context():
        failures.report("quiet", "hook:quote", RuntimeError("broken"))
        failures.flush()
