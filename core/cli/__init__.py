"""`jishi …`: every command in a module of its own, imported only when called."""

from __future__ import annotations

from importlib import import_module

import click

from core.startup import loading

COMMANDS = {
    "up": "core.cli.up:up",
    "env": "core.cli.env:env",
    "serve": "core.cli.serve:serve",
    "worker": "core.cli.worker:worker",
    "clock": "core.cli.clock:clock",
    "tenant": "core.cli.tenant:tenant",
    "operator": "core.cli.operator:operator",
    "staff": "core.cli.staff:staff",
    "db": "core.cli.db:db",
    "import": "core.cli.imports:imports",
    "plugin": "core.cli.plugin:plugin",
    "provider": "core.cli.provider:provider",
    "replay": "core.cli.replay:replay",
    "analytics": "core.cli.analytics:analytics",
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name].split(":")
        with loading():
            return getattr(import_module(module), attribute)


@click.command(cls=LazyGroup)
@click.version_option(package_name="jishi")
def main() -> None:
    """Jishi 集市: the retail platform that regional shops deserve."""
