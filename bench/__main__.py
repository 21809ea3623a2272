"""`python -m bench [--short] [--only NAME]`: measures, prints a table, writes `bench/results/latest.json`."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench import bulk, desk, fleet, histories, orders, outbox, quotes, reads
from bench.figures import Figure
from bench.stage import Stage, stage
from core.web.observe import configure_logging

RESULTS = Path(__file__).parent / "results"

Part = Callable[[Stage, bool], list[Figure]]
PARTS: dict[str, Part] = {
    "reads": lambda s, short: reads.measure(s, 150 if short else 3000),
    "orders": lambda s, short: orders.measure(s, 30 if short else 600),
    "statements": lambda s, short: orders.statements(s),
    "bulk": lambda s, short: bulk.measure(s, 4 if short else 24),
    "quotes": lambda s, short: quotes.measure(s, 10 if short else 150),
    "histories": lambda s, short: histories.measure(s, 500),
    "desk": lambda s, short: desk.measure(s, 2 if short else 120, 2 if short else 15),
    "outbox": lambda s, short: outbox.measure(s, *((100, 0) if short else (5000, 2))),
    "fleet": lambda s, short: fleet.measure(s, 10 if short else 300),
}


@click.command()
@click.option("--short", is_flag=True, help="Small counts: shows that it runs, not what it weighs.")
@click.option("--only", multiple=True, type=click.Choice(sorted(PARTS)))
def main(short: bool, only: tuple[str, ...]) -> None:
    configure_logging("WARNING")
    console = Console()
    figures: list[Figure] = []
    with stage() as built:
        for name, part in PARTS.items():
            if not only or name in only:
                console.print(f"measuring {name} …")
                figures += part(built, short)
    console.print(_table(figures))
    RESULTS.mkdir(exist_ok=True)
    report = {"machine": platform.platform(), "python": platform.python_version(), "short": short}
    path = RESULTS / "latest.json"
    path.write_text(json.dumps(report | {"figures": [asdict(f) | {"met": f.met} for f in figures]}, indent=1))
    console.print(f"written to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    if not short and not all(figure.met for figure in figures):
        sys.exit(1)


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "value", "ceiling", "ratio", "target", "")
    for f in figures:
        ceiling = "" if f.ceiling is None else f"{f.ceiling:,.3g} {f.unit}"
        sign = "≥" if f.at_least else "≤"
        verdict = "ok" if f.met else "MISSED"
        table.add_row(f.name, f"{f.value:,.3g} {f.unit}", ceiling, f"{f.ratio:.3g}", f"{sign} {f.target:g}", verdict)
    return table


if __name__ == "__main__":
    main()
