"""Hooks that write in the caller's transaction: what a plugin did there stays only if nothing went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.host import enclosure, failures
from core.host.bus import Answer, Bus
from core.plugin import Refused


def write(
    bus: Bus, name: str, hook: str, check: Callable[[Any], Any] | None = None, **arguments: Any
) -> Answer | None:
    """Let plugin `name` do its part in the current transaction; None where it does not implement `hook`.

    A commit or rollback inside, an SQL error that was swallowed, and an answer that `check` refuses, are errors of the
    plugin. Errors other than Refused are reported. With an error of any kind the caller has to roll back.
    """
    enabled = frozenset({name})
    if not bus.implementing(enabled, hook):
        return None
    said: list[Answer] = []

    def act() -> None:
        said.extend(bus.call(enabled, hook, **arguments))
        if said[0].error is not None:
            raise said[0].error
        if check is not None:
            check(said[0].value)

    try:
        enclosure.run(act)
    except Refused as refused:
        return Answer(name, None, refused)
    except (Exception, SystemExit) as error:
        failures.report(name, f"hook:{hook}", error)
        return Answer(name, None, error)
    return said[0]
