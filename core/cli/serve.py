"""`jishi serve`."""

from __future__ import annotations

import click

from core.launcher import web


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, envvar="PORT", show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="进程数")
def serve(host: str, port: int, workers: int) -> None:
    """网站进程（granian, WSGI）。"""
    web.serve(host, port, workers)
