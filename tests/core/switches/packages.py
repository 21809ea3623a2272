"""Packages as an installer leaves them: a `.dist-info` with entry points, on the path for one test."""

from __future__ import annotations

from pathlib import Path


def installed(folder: Path, name: str, target: str, version: str = "1.2.0") -> Path:
    """Write what `pip install` would: entry point `name = target` of distribution `jishi-<name>`; returns `folder`."""
    info = folder / f"jishi_{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: jishi-{name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[jishi.plugins]\n{name} = {target}\n")
    return folder
