"""`python -m core.scaffold.documents`: writes what is made from the source: the reference pages and the API's surface.

`--unreleased` writes the surface although API_VERSION did not grow: for versions that nobody has yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from core.plugin import API_VERSION
from core.scaffold import blockpage, reference, surface
from core.scaffold.surface import Bump

ROOT = Path(__file__).parents[2]
SURFACE = "core/plugin/api.txt"
PAGES = {
    "docs/plugins/reference.md": reference.render,
    "docs/plugins/blocks.md": blockpage.render,
    SURFACE: surface.render,
}


def stale(root: Path = ROOT) -> dict[str, str]:
    """Content of every file that is not what the source makes it, by path."""
    wanted = {path: render() for path, render in PAGES.items()}
    return {path: text for path, text in wanted.items() if _read(root / path) != text}


def promise_broken(old: str, new: str) -> str | None:
    """Why the surface may not go from `old` to `new` under their version numbers; None when it may."""
    need, did = surface.needed(old, new), surface.bumped(old, new)
    if need is Bump.NONE or did is Bump.MAJOR or did is need:
        return None
    return f"the API changed ({need}): raise API_VERSION in core/plugin/__init__.py, it is {API_VERSION}"


@click.command()
@click.option("--unreleased", is_flag=True, help="write the surface of a version that nobody has yet")
def main(unreleased: bool) -> None:
    """Write the reference pages and the API's surface."""
    found = stale()
    why = _objection(found)
    if why and not unreleased:
        raise click.ClickException(why)
    for path, text in found.items():
        (ROOT / path).write_text(text, "utf-8")
        click.echo(path)


def _objection(found: Mapping[str, str]) -> str | None:
    old = _read(ROOT / SURFACE)
    return promise_broken(old, found[SURFACE]) if old and SURFACE in found else None


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


if __name__ == "__main__":
    main()
