"""`jishi staff …`: help for somebody of a shop whom nobody in the shop can help."""

from __future__ import annotations

import click
from sqlalchemy import text

from core.cli.db import explained
from core.cli.tenant import database_only, find
from core.config import Config
from core.db import db
from core.staff import audit, twofactor
from core.staff.errors import StaffNotFound
from tenants.context import bind
from tenants.owner import owning

_BY_PHONE = text("SELECT id FROM staff WHERE phone = :phone")


@click.group()
def staff() -> None:
    """员工账号：店里没有人能帮忙时使用。"""


@staff.command("reset-two-factor")
@click.argument("slug")
@click.argument("phone")
def reset_two_factor(slug: str, phone: str) -> None:
    """关闭店铺 SLUG 里手机号 PHONE 的两步验证（唯一的店主遗失手机时）；之后凭密码登录。"""
    config = Config.from_env()
    with explained(), owning(config) as engine, database_only(config).app_context(), bind(find(engine, slug)):
        staff_id = db.session.execute(_BY_PHONE, {"phone": phone}).scalar()
        if staff_id is None:
            raise StaffNotFound
        twofactor.clear(staff_id)
        audit.record("staff.two_factor.reset", f"staff:{staff_id}")
        db.session.commit()
    click.echo(f"已关闭 {phone} 的两步验证")
