"""`jishi plugin …`: what is installed and fit, switching per shop, and the tools of plugin authors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from alembic import command as alembic

from core.app import create_app
from core.cli.db import explained, history_problems
from core.cli.installed import plugin_host, quiet
from core.config import Config
from core.host import loading
from core.migrations import HISTORY
from core.plugin import Plugin
from core.services import services
from core.switches import service
from core.switches.errors import PluginNotOff
from tenants import export as exports
from tenants import history as histories
from tenants.context import TenantRef, bind
from tenants.history import History
from tenants.owner import owning
from tenants.registry import require_active
from tenants.template import template_schema

ELSEWHERE = {"new": "core.cli.scaffold:new"}
tenant = click.option("--tenant", "slug", required=True, help="店铺网址")


class PluginGroup(click.Group):
    """Commands of this module, and those imported only when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in ELSEWHERE:
            return super().get_command(ctx, name)
        module, attribute = ELSEWHERE[name].split(":")
        return getattr(import_module(module), attribute)


@click.group(cls=PluginGroup)
def plugin() -> None:
    """插件：查看、检查、启用、停用、清除，以及开发工具。"""


@plugin.command("list")
@click.option("--tenant", "slug", help="店铺网址；不写则列出已安装的插件")
def list_all(slug: str | None) -> None:
    """已安装的插件；或一家店铺的插件及其状态。"""
    if slug is None:
        _list_installed()
        return
    with shop(slug):
        for row in service.states():
            click.echo("\t".join([row["name"], row["state"], row["version"] or "-", row["title"], *row["reasons"]]))


@plugin.command()
@click.argument("name")
def check(name: str) -> None:
    """列出插件 NAME 的所有问题；有问题则以 1 退出。"""
    with explained():
        found = _faults(name)
    for fault in found:
        click.echo(fault)
    if found:
        sys.exit(1)
    click.echo(f"{name} 没有发现问题")


@plugin.command()
@click.argument("name")
@tenant
def enable(name: str, slug: str) -> None:
    """为一家店铺启用插件 NAME。"""
    with shop(slug):
        row = service.enable(name)
    click.echo(f"已启用 {row['title']} {row['version']}")


@plugin.command()
@click.argument("name")
@tenant
def disable(name: str, slug: str) -> None:
    """为一家店铺停用插件 NAME；数据保留。"""
    with shop(slug):
        row = service.disable(name)
    if row["switch"] == "off":
        click.echo(f"已停用 {row['title']}")
        return
    click.echo(f"{row['title']} 正在收尾，以下事项结束后自动停用：")
    for blocker in row["blockers"]:
        click.echo(f"  {blocker['message']}")


@plugin.command()
@click.argument("name")
@tenant
@click.option("--export", "path", type=click.Path(dir_okay=False, path_type=Path), help="导出文件；默认 店铺-NAME.zip")
@click.option("--no-export", is_flag=True, help="不导出，直接删除")
@click.option("--confirm", help="再写一次插件名称；不写则询问")
def purge(name: str, slug: str, path: Path | None, no_export: bool, confirm: str | None) -> None:
    """删除一家店铺中插件 NAME 的全部数据，删除前先导出。无法恢复。"""
    typed = confirm or click.prompt("将删除该插件的全部数据，请再输入一次插件名称")
    with shop(slug) as ref:
        if service.state(name)["switch"] != "off":
            raise PluginNotOff
        if not no_export:
            _export(ref, name, path or Path(f"{slug}-{name}.zip"))
        dropped = service.purge(name, typed)
    click.echo(f"已删除 {name} 的 {len(dropped)} 张表")


@plugin.command()
@click.argument("name")
@click.argument("message")
@click.option("--rev-id", help="版本号；默认接着往下编")
def revision(name: str, message: str, rev_id: str | None) -> None:
    """比较插件 NAME 的模型与现有版本，写出一个新的迁移版本。"""
    with explained():
        history = _history(name)
        number = rev_id or f"{name[0]}{len(histories.chain(history)):04d}"

        def generate(alembic_config: Any) -> None:
            alembic.revision(alembic_config, message, autogenerate=True, rev_id=number)

        with template_schema(Config.from_env().database_url, HISTORY, history) as (connection, schema):
            histories.online(history, connection, schema, generate)
    click.echo(f"已写出 {number}，请检查后运行 jishi plugin render {name}")


@plugin.command()
@click.argument("name")
def render(name: str) -> None:
    """把插件 NAME 的迁移版本渲染成 SQL 脚本，并检查。"""
    with explained():
        history = _history(name)
        for path in histories.write_rendered(history):
            click.echo(path.name)
        problems = history_problems(history, name)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(1)


@contextmanager
def shop(slug: str) -> Iterator[TenantRef]:
    """The whole app, bound to one shop; refusals become one line for the person at the terminal."""
    with quiet():
        app = create_app()
    with explained(), app.app_context():
        ref = require_active(services().registry.by_slug(slug))
        with bind(ref):
            yield ref


def _list_installed() -> None:
    host = plugin_host()
    for name in sorted(host.loaded):
        entry = host.loaded[name]
        click.echo("\t".join([name, entry.plugin.version, entry.origin, entry.plugin.title]))
    for name, unfit in sorted(host.unfit.items()):
        click.echo("\t".join([name, "unfit", unfit.origin, *unfit.faults]))


def _faults(name: str) -> list[str]:
    host = plugin_host()
    if name in host.unfit:
        return list(host.unfit[name].faults)
    if name not in host.loaded:
        return [f"没有安装名为 {name} 的插件"]
    history = host.loaded[name].history
    if history is None:
        return []
    changed = histories.outdated(history)
    return [*(f"rendered/{file} does not match the revisions" for file in changed), *history_problems(history, name)]


def _history(name: str) -> History:
    """Of a plugin that may not be fit yet: what it lacks may be this very migration."""
    entry = next((entry for entry in loading.installed() if entry.name == name), None)
    if entry is None:
        raise click.ClickException(f"没有安装名为 {name} 的插件")
    found = entry.load()
    history = loading.history_of(found) if isinstance(found, Plugin) else None
    if history is None or found.name != name:
        raise click.ClickException(f"{name} 的清单没有写 tables 和 migrations")
    return history


def _export(ref: TenantRef, name: str, path: Path) -> None:
    with owning(services().config) as engine:
        manifest = exports.export(engine, ref, path, prefix=f"{name}_")
    click.echo(f"已导出 {len(manifest.tables)} 张表、{sum(manifest.tables.values())} 行到 {path}")
