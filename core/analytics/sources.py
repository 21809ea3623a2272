"""Where buyers and orders come from (来源): by the buyer's first or the order's last touch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from core.analytics.periods import Period
from core.analytics.reading import IN_PERIOD, Stores, within
from core.analytics.scenes import ALL, SOURCES, scene_name, source_of
from core.db import db

TOUCHES = {"first": "首次来源", "last": "末次来源"}
MAX_SCENES = 500

_FIGURES = ("orders", "paid_fen", "new_buyers", "visits", "visitors")


@dataclass(slots=True)
class SceneRow:
    """A scene; `visitors` adds up each day's different visitors."""

    scene: str
    label: str
    orders: int
    paid_fen: int
    new_buyers: int
    visits: int
    visitors: int


@dataclass(slots=True)
class SourceRow:
    """A source (key of SOURCES) with its scenes, the best-selling first. Sums of its scenes."""

    source: str
    label: str
    orders: int = 0
    paid_fen: int = 0
    new_buyers: int = 0
    visits: int = 0
    visitors: int = 0
    scenes: list[SceneRow] = field(default_factory=list)


_SOURCES = text(
    f"""
    WITH sold AS (
        SELECT scene, sum(orders) AS orders, sum(paid_fen) AS paid_fen, sum(new_buyers) AS new_buyers
        FROM rollup_source WHERE {IN_PERIOD} AND touch = :touch GROUP BY scene
    ), visited AS (
        SELECT scene, sum(visits) AS visits, sum(visitors) AS visitors FROM rollup_visit
        WHERE day BETWEEN :first AND :last AND scene <> '{ALL}'
          AND CASE WHEN CAST(:stores AS bigint[]) IS NULL THEN store_id = 0
                   ELSE store_id = ANY(CAST(:stores AS bigint[])) END
        GROUP BY scene
    )
    SELECT scene, coalesce(orders, 0) AS orders, coalesce(paid_fen, 0) AS paid_fen,
           coalesce(new_buyers, 0) AS new_buyers, coalesce(visits, 0) AS visits, coalesce(visitors, 0) AS visitors
    FROM sold FULL JOIN visited USING (scene)
    ORDER BY paid_fen DESC, visits DESC, scene LIMIT {MAX_SCENES}
    """
)


def sources(period: Period, stores: Stores, touch: str = "last") -> list[SourceRow]:
    """Sources that somebody came or bought by, the best-selling first; `touch` is a key of TOUCHES. One statement.

    Orders of every channel count, those that no visit led to as source `none`; of scenes the first 500.
    """
    found: dict[str, SourceRow] = {}
    for row in db.session.execute(_SOURCES, {**within(period, stores), "touch": touch}).mappings():
        key = source_of(row["scene"])
        source = found.setdefault(key, SourceRow(key, SOURCES[key]))
        figures: dict[str, Any] = {name: int(row[name]) for name in _FIGURES}
        source.scenes.append(SceneRow(row["scene"], scene_name(row["scene"]), **figures))
        for name, value in figures.items():
            setattr(source, name, getattr(source, name) + value)
    return sorted(found.values(), key=lambda s: (-s.paid_fen, -s.visits, s.source))
