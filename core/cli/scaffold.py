"""`jishi plugin new`: the beginning of a plugin."""

from __future__ import annotations

from pathlib import Path

import click

from core.errors import AppError
from core.scaffold import service
from core.scaffold.domain import Spec


@click.command()
@click.argument("name", required=False)
@click.option("--title", help="商户看到的名称；不写则同 NAME")
@click.option("--summary", help="一句话说明")
@click.option("--dir", "parent", default=".", type=click.Path(file_okay=False, path_type=Path), help="放在哪个目录下")
@click.option(
    "--around",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="不新写，而是把这个目录里的插件连同打包文件复制出来",
)
def new(name: str | None, title: str | None, summary: str | None, parent: Path, around: Path | None) -> None:
    """新建插件 NAME：可安装、可测试的完整目录 jishi-NAME。"""
    try:
        folder = service.pack(around, parent) if around else service.create(_spec(name, title, summary), parent)
    except AppError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"已写好 {folder}\n\n接下来：\n  cd {folder}\n  pip install -e '.[test]'\n  pytest")


def _spec(name: str | None, title: str | None, summary: str | None) -> Spec:
    if not name:
        raise click.UsageError("请写明插件名，例如 jishi plugin new lottery")
    return Spec(name, title or name, summary or f"{title or name}：在这里用一句话说明它为商户做什么")
