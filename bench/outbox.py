"""Events to a plugin, by one worker process: how many a second, and what is left of them when it is killed."""

from __future__ import annotations

from time import perf_counter

import psycopg

from bench import telling
from bench.figures import Figure
from bench.stage import Stage
from bench.teller import NAME
from core.services import services
from core.switches import service as switches


def measure(stage: Stage, events: int, kills: int) -> list[Figure]:
    """`events` told by one worker; and as many again by workers that are killed `kills` times on the way."""
    with stage.bound():
        switches.enable(NAME)
        stage.ref = services().registry.fresh(stage.ref)
    rate, wrong, bare = _rate(stage, events), _killed(stage, events, kills), _bare(stage, events)
    return [
        Figure("events told by one worker", rate, "events/s", bare, rate, 500),
        Figure(f"lost or told twice of {events}, {kills} kills", wrong, "", None, wrong, 0, at_least=False),
    ]


def _rate(stage: Stage, events: int) -> float:
    warming, measured = (telling.Round(stage.app, stage.ref, prefix) for prefix in ("warm", "rate"))
    with telling.worker(stage.config):
        warming.emit(1)
        warming.beat_until(0)
        measured.emit(events)
        start = perf_counter()
        measured.beat_until(0)
        seconds = perf_counter() - start
    if measured.told() != (events, events):
        raise RuntimeError(f"{measured.told()} of {events} were told")
    return events / seconds


def _killed(stage: Stage, events: int, kills: int) -> int:
    killed = telling.Round(stage.app, stage.ref, "kill")
    killed.emit(events)
    for kill in range(kills):
        with telling.worker(stage.config):
            killed.beat_until(events * (kills - kill) // (kills + 1))
    with telling.worker(stage.config):
        killed.beat_until(0)
    lines, different = killed.told()
    return (events - different) + (lines - different)


def _bare(stage: Stage, events: int) -> float:
    """The ceiling: the same line per event and a commit each, straight through psycopg, with nothing to remember."""
    with psycopg.connect(stage.servers.database_url) as connection:
        connection.execute("CREATE TEMP TABLE line (at timestamptz, actor text, action text, target text, detail jsonb)")
        connection.commit()
        start = perf_counter()
        for number in range(events):
            connection.execute(
                "INSERT INTO line VALUES (now(), 'system', 'teller.told', %s, '{}')", [str(number)]
            )
            connection.commit()
        return events / (perf_counter() - start)
