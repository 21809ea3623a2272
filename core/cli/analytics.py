"""`jishi analytics …`: the roll-ups behind the figures."""

from __future__ import annotations

from datetime import datetime

import click

from core.analytics import service
from core.app import create_app
from core.services import services
from tenants.context import bind
from tenants.registry import require_active

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def analytics() -> None:
    """经营分析：每日汇总。"""


@analytics.command()
@click.argument("slug")
@click.option("--from", "first", type=_DAY, help="从这一天起；不写则从有记录的第一天起")
@click.option("--to", "last", type=_DAY, help="到这一天止；不写则到有记录的最后一天")
def rebuild(slug: str, first: datetime | None, last: datetime | None) -> None:
    """按订单重新计算店铺 SLUG 的每日汇总；可重复执行。"""
    app = create_app()
    with app.app_context(), bind(require_active(services().registry.by_slug(slug))):
        done = 0
        for done, total in service.rebuild(first and first.date(), last and last.date()):
            click.echo(f"{done}/{total} 天")
        click.echo(f"已汇总 {done} 天")
