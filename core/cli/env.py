"""`jishi env`: the servers that `jishi up` started, for commands in another terminal."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from core.launcher.environment import kept
from core.launcher.errors import LaunchError


@click.command()
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), default=Path("var"), show_default=True)
def env(data_dir: Path) -> None:
    """打印 jishi up 所用的环境变量：eval "$(jishi env)"，之后的命令就连到它启动的服务。"""
    try:
        variables = kept(data_dir)
    except LaunchError as error:
        raise click.ClickException(str(error)) from error
    for name, value in sorted(variables.items()):
        click.echo(f"export {name}={shlex.quote(value)}")
