"""Whether a plugin's hooks are hooks: known names, known arguments, and none that could silence another plugin's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pluggy

from core.plugin import hookspecs

_MARK = f"{hookspecs.PROJECT}_impl"
_WRAPPERS = ("wrapper", "hookwrapper")


def hook_faults(hooks: object | None) -> Iterator[str]:
    """What is wrong with the `@hookimpl` functions of a module or object."""
    if hooks is None:
        return
    specs = _specs()
    for name, function, options in _implementations(hooks):
        if name not in specs:
            yield f"hook {name!r} does not exist"
            continue
        if any(options.get(key) for key in _WRAPPERS):
            yield f"hook {name!r} is a wrapper: one plugin could silence another"
            continue
        if options.get("specname"):
            yield f"hook {name!r} goes by another name (specname)"
        if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            yield f"hook {name!r} is a coroutine or generator, not a function"
        for argument in _arguments(function):
            if argument not in specs[name]:
                yield f"hook {name!r} has no argument {argument!r} (there are: {', '.join(specs[name])})"


def takes(function: Any, count: int) -> bool:
    """Whether it can be called with `count` positional arguments."""
    if not callable(function) or inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        return False
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def _specs() -> dict[str, tuple[str, ...]]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return {name: tuple(caller.spec.argnames) for name, caller in vars(manager.hook).items() if caller.spec}


def _implementations(hooks: object) -> Iterator[tuple[str, Callable[..., Any], dict[str, Any]]]:
    for name in dir(hooks):
        function = getattr(hooks, name, None)
        options = getattr(function, _MARK, None)
        if callable(function) and isinstance(options, dict):
            yield name, function, options


def _arguments(function: Callable[..., Any]) -> Iterator[str]:
    """Names without a default, `self` of methods left out: what the host would have to pass."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in kinds and parameter.default is inspect.Parameter.empty:
            yield parameter.name
