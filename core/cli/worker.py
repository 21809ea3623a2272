"""`jishi worker`."""

from __future__ import annotations

import click

from core import create_app
from core.host import worker as host
from core.host.jobs import QUEUES
from core.launcher.process import forks_end_with_us
from core.web.observe import configure_logging


@click.command()
@click.option("--queues", default=",".join(QUEUES), show_default=True, help="队列，先后即优先次序")
@click.option("--burst", is_flag=True, help="做完现有任务就退出")
def worker(queues: str, burst: bool) -> None:
    """后台任务进程（RQ）。"""
    configure_logging()
    forks_end_with_us()
    host.run(create_app(), queues.split(","), burst)
