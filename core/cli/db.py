"""`jishi db …`: bringing databases up to date, and making the scripts that do it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import click
from alembic import command as alembic
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

import core.models  # noqa: F401  (autogenerate and lint need the complete metadata)
from core.cli.installed import plugin_histories
from core.config import Config
from core.migrations import HISTORY
from tenants import history as histories
from tenants import migrate as runner
from tenants import platform, roles
from tenants.errors import Refusal
from tenants.history import History
from tenants.lint import lint as problems_of
from tenants.owner import owning
from tenants.provision import fill_spares, spares_ready
from tenants.template import template_schema
from tenants.urls import connect, role_urls

HISTORIES = {"core": HISTORY, "platform": platform.HISTORY}
which = click.option("--history", "name", type=click.Choice(sorted(HISTORIES)), default="core", show_default=True)


@click.group()
def db() -> None:
    """数据库：迁移、状态、渲染脚本、检查。"""


@db.command()
@click.option("--workers", default=4, show_default=True, help="并行的租户数")
@click.option("--max-failed", default=0.1, show_default=True, help="失败超过这个比例时停止")
@click.option("--spares", default=0, show_default=True, help="迁移后备好的空闲 schema 数")
def migrate(workers: int, max_failed: float, spares: int) -> None:
    """把平台和所有租户迁移到最新版本；可重复运行，只处理落后的租户。"""
    config = Config.from_env()
    with explained():
        roles.bootstrap(config.database_url, config.master_key)
        with owning(config) as engine:
            policy = runner.Policy(workers=workers, max_failed=max_failed)
            report = run_migration(config, engine, policy, [HISTORY, *plugin_histories(config.plugins)])
            built = fill_spares(engine, HISTORY, spares, low=spares) if spares else 0
    click.echo(f"已迁移 {report.ok}，失败 {len(report.failed)}，未尝试 {report.skipped}，新备 {built}")
    for failure in report.failed:
        click.echo(f"  {failure.key} 停在 {failure.revision}: {failure.error}", err=True)
    if report.failed or report.skipped:
        sys.exit(1)


@db.command()
def status() -> None:
    """各版本上有多少租户；有落后的则以 1 退出，可作发布前的检查。"""
    config = Config.from_env()
    with explained(), owning(config) as engine:
        for history, revision, state, count in runner.fleet(engine):
            click.echo(f"{history}\t{revision}\t{state}\t{count}")
        waiting = runner.behind_any(engine, [HISTORY, *plugin_histories(config.plugins)])
        click.echo(f"备用 {spares_ready(engine, HISTORY)}，落后 {len(waiting[HISTORY.name])}")
        for name in sorted(waiting.keys() - {HISTORY.name}):
            click.echo(f"插件 {name} 落后 {len(waiting[name])}")
    if any(waiting.values()):
        sys.exit(1)


@db.command()
@click.option("--check", is_flag=True, help="只检查脚本是否与版本一致")
def render(check: bool) -> None:
    """把迁移版本渲染成 SQL 脚本。"""
    with explained():
        changed = [f"{name}/{file}" for name, history in HISTORIES.items() for file in _rendered(history, check)]
    for file in changed:
        click.echo(file)
    if check and changed:
        raise click.ClickException("脚本与迁移版本不一致，请运行 jishi db render")


@db.command()
@click.option("--database", is_flag=True, help="同时检查数据库中的所有租户")
def lint(database: bool) -> None:
    """检查模型和脚本（包括已安装插件的）是否守规则（Citus、每租户一个 schema）。"""
    with explained():
        found = history_problems(HISTORY)
        for history in plugin_histories():
            found += history_problems(history, history.name)
        if database:
            found += _live_problems(Config.from_env())
    for problem in found:
        click.echo(problem)
    if found:
        sys.exit(1)


@db.command()
@click.argument("message")
@click.option("--rev-id", help="版本号，例如 c0002")
@which
def revision(message: str, rev_id: str | None, name: str) -> None:
    """比较模型与现有版本，写出一个新的迁移版本。"""
    config, history = Config.from_env(), HISTORIES[name]

    def generate(alembic_config: Any) -> None:
        alembic.revision(alembic_config, message, autogenerate=True, rev_id=rev_id)

    with explained(), template_schema(config.database_url, history) as (connection, schema):
        histories.online(history, connection, schema, generate)


def run_migration(config: Config, engine: Engine, policy: runner.Policy, known: Sequence[History]) -> runner.Report:
    """Migrate every tenant in every history, with a bar on a terminal and a line per tenant elsewhere."""
    total = sum(map(len, runner.behind_any(engine, known).values()))
    url = role_urls(config.database_url, config.master_key).owner
    with reporting(total) as progress:
        return runner.migrate_any(url, known, policy, progress)


def history_problems(history: History, plugin: str = "") -> list[str]:
    """What the linter says about the models and the rendered statements of a history, a plugin's if named."""
    found = [] if history.metadata is None else problems_of(history.metadata, plugin)
    for step in histories.render_all(history).values():
        found += problems_of(step.statements, plugin)
    return list(dict.fromkeys(found))


@contextmanager
def reporting(total: int) -> Iterator[Callable[[runner.Behind, runner.Failure | None], None]]:
    """A function to call after each tenant."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("迁移租户", total=total)
        yield lambda schema, failure: bar.advance(task)


@contextmanager
def explained() -> Iterator[None]:
    """Refusals become one line for the person at the terminal."""
    try:
        yield
    except Refusal as error:
        raise click.ClickException(f"{error.message} {_details(error)}".strip()) from error


def _details(error: Refusal) -> str:
    errors = error.extra.get("errors", {})
    if isinstance(errors, list):
        return "；".join(f"{entry['field']}: {entry['message']}" for entry in errors)
    return "；".join(f"{field}: {'、'.join(texts)}" for field, texts in errors.items())


def _live_problems(config: Config) -> list[str]:
    with closing(connect(role_urls(config.database_url, config.master_key).owner)) as connection:
        return problems_of(connection)


def _rendered(history: History, check: bool) -> list[str]:
    if check:
        return histories.outdated(history)
    return [path.name for path in histories.write_rendered(history)]


def _plain_line(schema: runner.Behind, failure: runner.Failure | None) -> None:
    click.echo(f"{schema.key} {'ok' if failure is None else failure.error}", err=True)
