"""`jishi operator …`: who may run the platform."""

from __future__ import annotations

import click

from core.cli.db import explained
from core.cli.tenant import database_only
from core.config import Config
from core.operator import accounts


@click.group()
def operator() -> None:
    """平台运营账号：新建、改密码、停用、列出。"""


@operator.command()
@click.argument("login")
@click.option("--name", prompt="姓名（商户会看到）", help="姓名，进店支持时商户会看到")
@click.password_option(help="密码；不写则询问")
def create(login: str, name: str, password: str) -> None:
    """新建运营账号，登录名 LOGIN。"""
    with explained(), database_only(Config.from_env()).app_context():
        accounts.create(login, name, password)
    click.echo(f"已新建运营账号 {login}")


@operator.command("password")
@click.argument("login")
@click.password_option(help="新密码；不写则询问")
def change_password(login: str, password: str) -> None:
    """更换密码；该账号的登录全部失效。"""
    with explained(), database_only(Config.from_env()).app_context():
        accounts.set_password(login, password)
    click.echo(f"已更换 {login} 的密码")


@operator.command("list")
def list_all() -> None:
    """列出运营账号。"""
    with explained(), database_only(Config.from_env()).app_context():
        for row in accounts.everybody():
            state = "启用" if row["active"] else "停用"
            second = "动态验证码" if row["totp"] else "仅密码"
            click.echo(f"{row['login']}\t{row['name']}\t{state}\t{second}")


@operator.command()
@click.argument("login")
def disable(login: str) -> None:
    """停用账号；正在进行的登录和进店支持立即结束。"""
    with explained(), database_only(Config.from_env()).app_context():
        accounts.disable(login)
    click.echo(f"已停用 {login}")


@operator.command()
@click.argument("login")
def enable(login: str) -> None:
    """恢复账号。"""
    with explained(), database_only(Config.from_env()).app_context():
        accounts.enable(login)
    click.echo(f"已恢复 {login}")


@operator.command("reset-totp")
@click.argument("login")
def reset_totp(login: str) -> None:
    """清除动态验证码（手机遗失时）；下次登录只需密码。"""
    with explained(), database_only(Config.from_env()).app_context():
        accounts.remove_totp(login)
    click.echo(f"已清除 {login} 的动态验证码")
