"""A plugin that writes a line for every order that is closed, and `python -m bench.teller`: a worker that has it.

The line goes into the record of who did what, which takes the same line twice: telling twice would show.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

from sqlalchemy import text

from core.plugin import Context, OrderClosed, Plugin

NAME = "teller"
ENTRY_POINT = EntryPoint(NAME, "bench.teller:plugin", "jishi.plugins")

_LINE = text(
    "INSERT INTO audit_log (at, actor, action, target, detail) VALUES (:at, 'system', 'teller.told', :target, '{}')"
)


def tell(ctx: Context, session: Any, event: OrderClosed) -> None:
    session.execute(_LINE, {"at": ctx.now, "target": event.number})


plugin = Plugin(
    name=NAME,
    title="记录",
    summary="每个关闭的订单记一行",
    version="1.0.0",
    api="0.9",
    handlers={OrderClosed: tell},
)


def main() -> None:
    from core import create_app
    from core.host import worker
    from core.launcher.process import forks_end_with_us

    forks_end_with_us()
    worker.run(create_app(entry_points=[ENTRY_POINT]))


if __name__ == "__main__":
    main()
