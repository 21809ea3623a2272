"""`jishi up`."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), default=Path("var"), show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；0.0.0.0 供局域网访问")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, envvar="PORT", show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="网站进程数")
@click.option("--no-demo", is_flag=True, help="不装演示数据")
@click.option("--no-simulator", is_flag=True, help="不启动微信模拟器，连接真正的微信")
def up(data_dir: Path, host: str, port: int, workers: int, no_demo: bool, no_simulator: bool) -> None:
    """一条命令启动全部：数据库、缓存、微信模拟器、网站、后台任务、时钟。"""
    from core.launcher.up import Options
    from core.launcher.up import up as start

    sys.exit(start(Options(data_dir, host, port, workers, not no_demo, not no_simulator)))
