"""`jishi replay`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from core.data.demologin import PASSWORD, PHONE, SLUG


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--tenant", default=SLUG, show_default=True, help="商户网址")
@click.option("--set", "name", default="week", show_default=True, help="expected.json 中的一组：week 或 january")
@click.option("--online", is_flag=True, help="january 的线上订单也由顾客一步步下单（week 总是如此）")
@click.option("--base-url", envvar="JISHI_BASE_URL", default="http://127.0.0.1:8000", show_default=True)
@click.option("--domain", envvar="JISHI_DOMAIN", default="localhost", show_default=True)
@click.option("--simulator-url", envvar="JISHI_SIMULATOR_URL", help="微信模拟器；不写则取自 var 目录中正在运行的")
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("var"), show_default=True)
@click.option("--appid", help="顾客使用的小程序；不写则用店铺的第一个，没有则在模拟器新开一个")
@click.option("--phone", envvar="JISHI_STAFF_PHONE", default=PHONE, show_default=True, help="店员登录手机号")
@click.option("--password", envvar="JISHI_STAFF_PASSWORD", default=PASSWORD, help="店员密码；默认为演示店")
@click.option("--api-key", envvar="JISHI_API_KEY", help="收银台的 API 密钥；不写则由店员新建一个，用完吊销")
@click.option(
    "--figure", "figures", multiple=True, metavar="NAME=PATH#MEMBER",
    help="由插件的后台接口核对的数字，可重复，例如 NAME=/plugins/…/totals#earned",
)
@click.option("--analytics", is_flag=True, help="也核对经营分析的每日汇总")
@click.option("--workers", type=click.IntRange(1, 64), default=6, show_default=True, help="同时下单的顾客数")
def replay(folder: Path, **options: Any) -> None:
    """把一家真实零售商的订单经 HTTP 重新卖一遍，并核对报表。"""
    # Here, not above: `jishi --help` should not wait for it.
    from core.replay.main import Options, play, read_figure

    figures = tuple(read_figure(given) for given in options.pop("figures"))
    sys.exit(play(Options(folder=folder, figures=figures, **options)))
