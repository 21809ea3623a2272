"""`jishi import products|prices|stock|members FILE --tenant SLUG`: the same import as the console's, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from core.app import create_app
from core.db import db
from core.errors import AppError
from core.imports import runs, service
from core.services import services
from tenants.context import bind
from tenants.registry import require_active

SHOWN = 20
LINE_SECONDS = 2.0

_LABELS = {
    "created": "新增",
    "updated": "更新",
    "unchanged": "未变",
    "failed": "未导入",
}


@click.command("import")
@click.argument("kind", type=click.Choice(service.KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "slug", required=True, help="The shop's slug.")
@click.option("--store", "store_code", help="Store code for files of products or stock without that column.")
def imports(kind: str, file: Path, slug: str, store_code: str | None) -> None:
    """Import products, prices, stock or members from CSV, XLSX or JSONL (also gzipped).

    Ends with 1 when a line could not be taken, with 2 when the file could not be read.
    """
    app = create_app()
    out = Console()
    with app.app_context():
        ref = require_active(services().registry.by_slug(slug))
        with bind(ref):
            run_id = _run(out, kind, file, store_code)
            raise SystemExit(_report(out, run_id))


def _run(out: Console, kind: str, file: Path, store_code: str | None) -> int:
    try:
        service.check_file(file, file.name, kind, store_code)
    except AppError as error:
        raise click.ClickException(error.message) from error
    run_id = runs.start(kind, file.name, service.digest_of(file), store_code, None)
    with _watched(out, file.name) as watch:
        service.run(run_id, file, watch)
    return run_id


@contextmanager
def _watched(out: Console, name: str) -> Iterator[service.Watcher]:
    if not out.is_terminal:
        yield _lines(out)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]} 行"))
    with Progress(*columns, TimeRemainingColumn(), console=out) as bar:
        task = bar.add_task(name, total=1.0, rows=0)
        yield lambda progress: bar.update(task, completed=progress.share, rows=progress.rows)


def _lines(out: Console) -> Callable[[service.Progress], None]:
    """A plain line every two seconds."""
    last = perf_counter()

    def watch(progress: service.Progress) -> None:
        nonlocal last
        if perf_counter() - last >= LINE_SECONDS:
            last = perf_counter()
            out.print(f"{progress.share:.0%}  {progress.rows} 行", highlight=False)

    return watch


def _report(out: Console, run_id: int) -> int:
    """Print what became of the file; returns the exit code."""
    run = runs.find(run_id)
    out.print("  ".join(f"{label} {run[name]}" for name, label in _LABELS.items()), highlight=False)
    if run["ignored_columns"]:
        out.print(f"没有用到的列：{'、'.join(run['ignored_columns'])}", markup=False, highlight=False)
    if run["problem"]:
        out.print(run["problem"], markup=False, highlight=False, style="red")
    found = runs.faults(run_id, 0, SHOWN)
    if found:
        _print_faults(out, run, found)
    db.session.rollback()
    if run["state"] != "done":
        return 2
    return 1 if run["failed"] else 0


def _print_faults(out: Console, run: runs.RowMapping, found: list[runs.RowMapping]) -> None:
    if not out.is_terminal:
        for fault in found:
            line = f"第 {fault['line']} 行 {fault['column']} {fault['value']!r} {fault['code']}: {fault['message']}"
            out.print(line, markup=False, highlight=False, soft_wrap=True)
    else:
        table = Table("行号", "列", "内容", "怎么办")
        for fault in found:
            table.add_row(*(Text(str(fault[name])) for name in ("line", "column", "value", "message")))
        out.print(table)
    if run["failed"] > len(found):
        out.print(f"共有 {run['failed']} 行没有导入，这里列出前 {len(found)} 处；全部见后台“批量导入”第 {run['id']} 次")
