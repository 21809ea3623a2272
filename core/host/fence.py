"""The fence: mounting a plugin may add routes below its own prefix and nothing else, anywhere in the app.

`picture` before, `picture` after, `trespasses` names the differences. Rehearsed on a scratch app first, so that a bad
plugin never touches the real one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask

Picture = dict[str, dict[Any, Any]]

_HOOKS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)
_LISTS = ("teardown_appcontext_funcs", "shell_context_processors", "url_build_error_handlers")
_GROWING = {"blueprints", "view_functions", "extensions", "config", "url_map", "_got_first_request"}


def scratch_app(app: Flask) -> Flask:
    """An app that looks like `app` to whoever mounts on it, and that nobody will serve."""
    scratch = Flask(app.name, static_folder=None)
    scratch.config.update(app.config)
    scratch.extensions.update(app.extensions)
    scratch.view_functions.update(app.view_functions)
    scratch.url_map.converters.update(app.url_map.converters)
    return scratch


def picture(app: Flask) -> Picture:
    """Everything of `app` that a plugin has no business with, by identity where it is code."""
    env = app.jinja_env
    return {
        **{name: _functions(getattr(app, name).get(None, ())) for name in _HOOKS},
        **{name: _functions(getattr(app, name)) for name in _LISTS},
        "error_handler_spec": _handlers(app),
        "jinja": {(kind, key): id(value) for kind in ("globals", "filters", "tests")
                  for key, value in getattr(env, kind).items()},
        "cli": {name: id(command) for name, command in app.cli.commands.items()},
        "extensions": {name: id(value) for name, value in app.extensions.items()},
        "config": {key: repr(value) for key, value in app.config.items()},
        "converters": {name: id(kind) for name, kind in app.url_map.converters.items()},
        "rules": {(rule.rule, rule.endpoint): True for rule in app.url_map.iter_rules()},
        "views": {name: id(view) for name, view in app.view_functions.items()},
        "blueprints": {name: id(blueprint) for name, blueprint in app.blueprints.items()},
        "attributes": {name: id(value) for name, value in vars(app).items() if name not in _GROWING},
    }


def trespasses(before: Picture, after: Picture, allowed: Mapping[str, str]) -> list[str]:
    """What changed outside the plugin's own ground; `allowed` has the path prefix of each of its blueprints."""
    return [
        complaint
        for part, was in before.items()
        for key in _changed(was, after[part])
        if (complaint := _complaint(part, key, key in was, allowed))
    ]


def _complaint(part: str, key: Any, existed: bool, allowed: Mapping[str, str]) -> str | None:
    if not existed and part == "rules":
        return _stray_rule(*key, allowed)
    if not existed and (part == "views" or (part == "blueprints" and _owner(key, allowed))):
        return None
    return f"changes the whole app: {part} {_shown(key)}"


def _stray_rule(rule: str, endpoint: str, allowed: Mapping[str, str]) -> str | None:
    owner = _owner(endpoint, allowed)
    if owner is None:
        return f"adds a URL rule that is not its blueprint's: {rule} ({endpoint})"
    prefix = allowed[owner]
    if rule != prefix and not rule.startswith(f"{prefix}/"):
        return f"adds a URL rule outside {prefix}: {rule}"
    return None


def _owner(endpoint: str, allowed: Mapping[str, str]) -> str | None:
    name = endpoint.partition(".")[0]
    return name if name in allowed else None


def _changed(was: dict[Any, Any], now: dict[Any, Any]) -> list[Any]:
    return [key for key in {**was, **now} if was.get(key) != now.get(key)]


def _shown(key: Any) -> str:
    return " ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


def _functions(found: Iterable[Any]) -> dict[Any, Any]:
    return {f"{getattr(f, '__module__', '')}.{getattr(f, '__qualname__', f)}#{at}": id(f) for at, f in enumerate(found)}


def _handlers(app: Flask) -> dict[Any, Any]:
    by_code = app.error_handler_spec.get(None, {})
    return {(code, kind.__name__): id(handler) for code, kinds in by_code.items() for kind, handler in kinds.items()}
