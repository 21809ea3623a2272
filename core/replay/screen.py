"""What the person at the terminal sees: a bar with a rate per step, then trouble by kind and the figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from core.replay.report import Row

Advance = Callable[[int], None]
PLAIN_WIDTH = 120


class Rate(ProgressColumn):
    """Steps per second since the bar began."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.completed / task.elapsed:,.1f}/s" if task.elapsed and task.completed else "")


class Screen:
    """Bars on a terminal, a line per step elsewhere."""

    def __init__(self, console: Console | None = None) -> None:
        probe = console or Console()
        self._console = probe if probe.is_terminal else Console(width=PLAIN_WIDTH, file=probe.file)

    @contextmanager
    def step(self, title: str, total: int) -> Iterator[Advance]:
        """A step of `total` pieces: call what you get with how many more are done, from any thread."""
        began = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeElapsedColumn())
        quiet = not self._console.is_terminal
        with Progress(*columns, console=self._console, transient=True, disable=quiet) as bar:
            task = bar.add_task(title, total=total)
            yield lambda done: bar.advance(task, done)
        seconds = time.monotonic() - began
        self.say(f"✓ {title} {total:,}  {seconds:.1f} s  {total / max(seconds, 0.001):,.1f}/s")

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def trouble(self, counts: Mapping[str, int], failures: Sequence[tuple[str, str]]) -> None:
        """Requests that were sent again, by kind, and what failed for good."""
        if counts:
            self.say("重试：" + "，".join(f"{kind} {count}" for kind, count in counts.items()))
        for what, why in failures:
            self._console.print(f"✗ {what}  {why}", style="red", markup=False, highlight=False, soft_wrap=True)

    def figures(self, rows: Sequence[Row]) -> None:
        """What the shop reports beside what must come out."""
        table = Table("数字", "应为", "报表", "")
        for row in rows:
            table.add_row(row.name, row.expected, row.reported, row.mark, style="" if row.good else "bold red")
        self._console.print(table)
