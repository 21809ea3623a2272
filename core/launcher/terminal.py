"""What the person at the terminal sees: steps with a spinner or a bar there, plain lines in a log or a pipe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from core.launcher.texts import text

PLAIN_WIDTH = 140
PLAIN_LINE_EVERY = 5.0


class Terminal:
    """Lines, steps and the last table; `say` may be called from any thread."""

    def __init__(self) -> None:
        probe = Console()
        self._console = probe if probe.is_terminal else Console(width=PLAIN_WIDTH)

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def complain(self, line: str) -> None:
        self._console.print(line, style="bold red", markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Something that takes seconds; the line stays with its duration."""
        began = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(title):
                yield
        else:
            yield
        self._done(title, began)

    @contextmanager
    def bar(self, title: str) -> Iterator[Callable[[int, int], None]]:
        """Something that takes long: call what you get with how much of how much is done."""
        began = time.monotonic()
        if self._console.is_terminal:
            yield from self._live_bar(title)
        else:
            yield self._plain_bar(title)
        self._done(title, began)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows of what, address and login."""
        table = Table()
        table.add_column(text("what"), overflow="fold")
        table.add_column(text("address"), no_wrap=True)  # an address in two lines cannot be clicked
        table.add_column(text("login"), overflow="fold")
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    def _done(self, title: str, began: float) -> None:
        self.say(f"✓ {title} {time.monotonic() - began:.1f}s")

    def _live_bar(self, title: str) -> Iterator[Callable[[int, int], None]]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(title, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)

    def _plain_bar(self, title: str) -> Callable[[int, int], None]:
        last = [time.monotonic()]

        def report(done: int, total: int) -> None:
            if time.monotonic() - last[0] >= PLAIN_LINE_EVERY or done == total:
                last[0] = time.monotonic()
                self.say(f"{title} {done}/{total}")

        return report
