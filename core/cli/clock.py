"""`jishi clock`."""

from __future__ import annotations

import click

from core import create_app
from core.host import clock as host
from core.web.observe import configure_logging


@click.command()
def clock() -> None:
    """时钟进程：到期的订单、补单、投递，由它交给后台任务。"""
    configure_logging()
    host.run(create_app())
