"""Mounts a plugin's blueprints and contains them: whatever its views do, the answer is a problem and a report.

On pages a problem is drawn as a page, as everywhere (`core.ui.errors`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, Response, current_app
from werkzeug.exceptions import HTTPException

from core.db import db
from core.host import failures, fence
from core.host.gate import CONSOLE, PAGES, STOREFRONT, admitted
from core.plugin import Plugin, Refused
from core.web.problems import problem
from tenants.errors import Refusal

Function = Callable[..., Any]


class Trespass(Exception):
    """Mounting changed what is not the plugin's; `faults` says what."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


def blueprints(plugin: Plugin) -> Iterator[tuple[Blueprint, str]]:
    """The plugin's blueprints and where each is mounted."""
    for blueprint, prefix in ((plugin.storefront, STOREFRONT), (plugin.console, CONSOLE), (plugin.pages, PAGES)):
        if blueprint is not None:
            yield blueprint, f"{prefix}/{plugin.name}"


def mount(app: Flask, plugin: Plugin) -> None:
    """Mount on `app` and contain; raises Trespass, or whatever the blueprint raises."""
    known = set(app.view_functions)
    before = fence.picture(app)
    for blueprint, prefix in blueprints(plugin):
        app.register_blueprint(blueprint, url_prefix=prefix)
    faults = fence.trespasses(before, fence.picture(app), {b.name: prefix for b, prefix in blueprints(plugin)})
    faults += _stray_templates(app, plugin)
    if faults:
        raise Trespass(faults)
    for endpoint in set(app.view_functions) - known:
        app.view_functions[endpoint] = _contained(plugin.name, endpoint, app.view_functions[endpoint])
    for blueprint, _ in blueprints(plugin):
        _contain_hooks(app, plugin.name, blueprint.name)


def _stray_templates(app: Flask, plugin: Plugin) -> Iterator[str]:
    """Templates of all plugins and of ours have one list of names: each plugin has a folder in it."""
    own = {blueprint.name for blueprint, _ in blueprints(plugin)}
    for name, blueprint in app.blueprints.items():
        if name.partition(".")[0] in own and blueprint.jinja_loader is not None:
            for template in blueprint.jinja_loader.list_templates():
                if not template.startswith(f"{plugin.name}/"):
                    yield f"the template {template!r} does not lie in a folder {plugin.name!r}"


def _contain_hooks(app: Flask, plugin: str, blueprint: str) -> None:
    for hooks, contained in (
        (app.before_request_funcs, _contained_before),
        (app.after_request_funcs, _contained_after),
        (app.teardown_request_funcs, _contained_teardown),
    ):
        for scope in [scope for scope in hooks if scope and scope.partition(".")[0] == blueprint]:
            hooks[scope] = [contained(plugin, scope, function) for function in hooks[scope]]


def _contained(plugin: str, endpoint: str, view: Function) -> Function:
    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Any:
        try:
            return _whole(current_app.ensure_sync(view)(*args, **kwargs))
        except (Exception, SystemExit) as error:
            return _refusal(plugin, f"route:{endpoint}", error)

    return answered


def _contained_before(plugin: str, scope: str, function: Function) -> Function:
    @wraps(function)
    def asked() -> Any:
        try:
            answer = current_app.ensure_sync(function)()
            return None if answer is None else _whole(answer)
        except (Exception, SystemExit) as error:
            return _refusal(plugin, f"route:{scope}.before_request", error)

    return asked


def _contained_after(plugin: str, scope: str, function: Function) -> Function:
    @wraps(function)
    def changed(response: Response) -> Response:
        if not admitted():
            return response
        try:
            return _whole(current_app.ensure_sync(function)(response))
        except (Exception, SystemExit) as error:
            return _failed(plugin, f"route:{scope}.after_request", error)

    return changed


def _contained_teardown(plugin: str, scope: str, function: Function) -> Function:
    @wraps(function)
    def torn_down(error: BaseException | None = None) -> None:
        if not admitted():
            return
        try:
            current_app.ensure_sync(function)(error)
        except (Exception, SystemExit) as failure:
            failures.report(plugin, f"route:{scope}.teardown_request", failure)

    return torn_down


def _whole(answer: Any) -> Response:
    """A response whose body is already there: a generator would fail where nobody contains it."""
    response = current_app.make_response(answer)
    if response.is_streamed and not response.direct_passthrough:
        response.make_sequence()
    return response


def _refusal(plugin: str, place: str, error: BaseException) -> Response:
    if isinstance(error, Refused):
        return problem(409, error.code, error.message)
    if isinstance(error, HTTPException | Refusal):
        raise error
    return _failed(plugin, place, error)


def _failed(plugin: str, place: str, error: BaseException) -> Response:
    db.session.rollback()
    failures.report(plugin, place, error)
    return problem(500, "plugin_failed", "这个功能暂时不可用，请稍后再试", plugin=plugin)
