"""Which plugins are on the stage: those of the bench, and those of the repository where they are there."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

from bench import silent, teller
from core.plugin.manifest import ENTRY_POINTS

ROOT = Path(__file__).parents[1]
MARKETING = {
    "points": (ROOT / "plugins" / "points", "plugins.points:plugin", ROOT),
    "fullreduction": (
        ROOT / "examples" / "full-reduction" / "jishi_fullreduction",
        "jishi_fullreduction:plugin",
        ROOT / "examples" / "full-reduction",
    ),
}
"""By name: the folder, the entry point, and what has to be on the path."""


def entry_points() -> list[EntryPoint]:
    """Everything that can be loaded; `sys.path` is extended for what is not installed."""
    found = [*silent.ENTRY_POINTS, teller.ENTRY_POINT]
    for name, (folder, value, path) in MARKETING.items():
        if folder.is_dir():
            if str(path) not in sys.path:
                sys.path.append(str(path))
            found.append(EntryPoint(name, value, ENTRY_POINTS))
    return sorted(found, key=lambda entry: entry.name)
