"""The demo shop has every plugin that ships with the product; what people switched off stays off."""

from __future__ import annotations

from importlib.metadata import entry_points

from core.host import switching
from core.host.registry import host
from core.plugin.manifest import ENTRY_POINTS
from core.switches import service as switches


def switch_on() -> None:
    """Turn on what ships with the product and was never turned before."""
    ours = {entry.name for entry in entry_points(group=ENTRY_POINTS) if entry.dist and entry.dist.name == "jishi"}
    for name in sorted((ours & host().loaded.keys()) - switching.standing().plugins.keys()):
        switches.enable(name)
