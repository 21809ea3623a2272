"""`jishi tenant …`: opening shops, stopping them, carrying them elsewhere, closing them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import Connection, Engine

from core.cli.db import explained
from core.cli.installed import plugin_histories
from core.config import Config
from core.migrations import HISTORY
from core.operator import log
from core.staff.service import hash_password, seed_owner
from tenants import export as exports
from tenants import lifecycle, signup
from tenants.context import TenantRef
from tenants.db import configure
from tenants.errors import UnknownTenant
from tenants.owner import owning, transaction
from tenants.registry import Registry

LIST = "SELECT id, coalesce(key, '-'), slug, name, status, created_at::date FROM platform.tenant ORDER BY id"


@click.group()
def tenant() -> None:
    """租户：开通、暂停、恢复、导出、导入、关闭。"""


@tenant.command()
@click.argument("slug")
@click.argument("retailer")
@click.option("--phone", prompt="店主手机号", help="店主手机号，用于登录后台")
@click.password_option(help="店主密码；不写则询问")
def create(slug: str, retailer: str, phone: str, password: str) -> None:
    """开通一家商户：网址 SLUG，名称 RETAILER。"""
    config = Config.from_env()
    data = {"slug": slug, "retailer": retailer, "phone": phone, "password": password}
    with explained(), owning(config) as engine, database_only(config).app_context():
        ref = signup.provision_now(engine, HISTORY, data, hash_password, seed_owner)
    click.echo(f"已开通 {ref.name}：{ref.slug}.{config.domain}（{ref.key}）")


@tenant.command("list")
def list_all() -> None:
    """列出所有租户及其状态。"""
    with explained(), owning(Config.from_env()) as engine, transaction(engine) as connection:
        for row in connection.execute(LIST):
            click.echo("\t".join(map(str, row)))


@tenant.command()
@click.argument("slug")
def suspend(slug: str) -> None:
    """暂停服务；数据不动。"""
    with explained(), owning(Config.from_env()) as engine:
        change(engine, lifecycle.suspend, slug, "tenant.suspend")
    click.echo(f"已暂停 {slug}")


@tenant.command()
@click.argument("slug")
def resume(slug: str) -> None:
    """恢复服务。"""
    with explained(), owning(Config.from_env()) as engine:
        change(engine, lifecycle.resume, slug, "tenant.reopen")
    click.echo(f"已恢复 {slug}")


@tenant.command("export")
@click.argument("slug")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def export_one(slug: str, path: Path) -> None:
    """把一家商户的全部数据导出为 ZIP。"""
    with explained(), owning(Config.from_env()) as engine:
        manifest = exports.export(engine, find(engine, slug), path)
    click.echo(f"已导出 {len(manifest.tables)} 张表、{sum(manifest.tables.values())} 行到 {path}")


@tenant.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("slug")
@click.option("--name", help="商户名称；不写则沿用导出文件中的名称")
def import_one(path: Path, slug: str, name: str | None) -> None:
    """由导出文件建立一家新商户；其中插件的数据一并恢复，插件先处于停用状态。"""
    with explained(), owning(Config.from_env()) as engine:
        ref = exports.restore(engine, [HISTORY, *plugin_histories()], path, slug, name)
    click.echo(f"已恢复为 {ref.slug}（{ref.key}）；如导出版本较旧，请再运行 jishi db migrate")


@tenant.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="不再询问")
def delete(slug: str, yes: bool) -> None:
    """关闭一家商户；数据在保留期后由 purge 删除。"""
    if not yes:
        click.confirm(f"确定关闭 {slug}？{lifecycle.RETENTION_DAYS} 天后数据将被删除", abort=True)
    with explained(), owning(Config.from_env()) as engine:
        change(engine, lifecycle.close, slug, "tenant.close")
    click.echo(f"已关闭 {slug}")


@tenant.command()
@click.option("--days", default=lifecycle.RETENTION_DAYS, show_default=True, help="保留天数")
def purge(days: int) -> None:
    """删除关闭超过保留期的商户数据。"""
    with explained(), owning(Config.from_env()) as engine:
        keys = lifecycle.purge(engine, days)
    click.echo(f"已删除 {len(keys)} 家商户的数据")


def database_only(config: Config) -> Flask:
    """An app that can do no more than speak to the database: opening a shop needs neither Redis nor routes."""
    app = Flask("jishi")
    configure(app, config)
    return app


def change(engine: Engine, act: Callable[[Connection, TenantRef], Any], slug: str, name: str) -> None:
    """Do `act` to a tenant, with its line in the operators' log in the same transaction."""
    ref = find(engine, slug)
    with engine.begin() as connection:
        act(connection, ref)
        log.record(connection, None, name, ref.id)


def find(engine: Engine, slug: str) -> TenantRef:
    """The tenant with this slug, in whatever state; raises UnknownTenant."""
    ref = Registry(engine, "localhost", ttl=0).by_slug(slug)
    if ref is None:
        raise UnknownTenant(f"没有网址为 {slug} 的商户")
    return ref
