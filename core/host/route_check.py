"""Whether a plugin's blueprints can be contained: named after it, mounted by the host, guarded in the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from flask import Blueprint, Flask

from core.plugin import Plugin

PARTS = ("storefront", "console", "pages")
_OF_PAGES = {"GET", "HEAD", "OPTIONS", "POST"}
_FLASKS = set(Blueprint("x", __name__).template_context_processors[None])
_UNCONTAINED = {
    "error_handler_spec": "has an error handler: raise Refused, or an error that the host answers",
    "url_value_preprocessors": "has a url_value_preprocessor, which would run for shops that have it off",
    "url_default_functions": "has url_defaults, which would run for shops that have it off",
}


def route_faults(plugin: Plugin) -> Iterator[str]:
    """What is wrong with the blueprints, as far as they tell before they are mounted."""
    parts = {part: getattr(plugin, part) for part in PARTS}
    for one, other in combinations(PARTS, 2):
        if parts[one] is not None and parts[one] is parts[other]:
            yield f"{one} and {other} are the same blueprint"
            return
    for part, blueprint in parts.items():
        if blueprint is None:
            continue
        if not isinstance(blueprint, Blueprint):
            yield f"{part} is a {type(blueprint).__name__}, no blueprint"
            continue
        yield from (f"{part}: {fault}" for fault in _blueprint_faults(plugin.name, blueprint))
        yield from (f"{part}: {fault}" for fault in _uncontained(blueprint))
    if isinstance(plugin.console, Blueprint):
        yield from _unguarded("console", plugin, plugin.console)
        yield from _vague(plugin.console)
    if isinstance(plugin.pages, Blueprint):
        yield from _unguarded("pages", plugin, plugin.pages)
        yield from _methods_of_no_form(plugin.pages)


def _blueprint_faults(name: str, blueprint: Blueprint) -> Iterator[str]:
    if not blueprint.name.startswith(f"{name}_"):
        yield f"the blueprint {blueprint.name!r} should be called '{name}_something'"
    if blueprint.url_prefix is not None:
        yield f"the blueprint has a url_prefix of its own, {blueprint.url_prefix!r}: the host gives it one"
    if blueprint.subdomain is not None:
        yield "the blueprint names a subdomain"


def _uncontained(blueprint: Blueprint) -> Iterator[str]:
    for where, fault in _UNCONTAINED.items():
        if any(functions for functions in getattr(blueprint, where).values()):
            yield fault
    if any(set(functions) - _FLASKS for functions in blueprint.template_context_processors.values()):
        yield "has a context_processor, which would run for the page that tells of a failure: pass values to render"


def _methods_of_no_form(blueprint: Blueprint) -> Iterator[str]:
    for rule in sorted(_mounted(blueprint).url_map.iter_rules(), key=str):
        for method in sorted((rule.methods or set()) - _OF_PAGES):
            yield f"pages: {rule.rule.removeprefix('/x')} takes {method}: a form can only GET and POST"


def _unguarded(part: str, plugin: Plugin, blueprint: Blueprint) -> Iterator[str]:
    """Views of staff without `requires`, or with a permission that the manifest does not have."""
    known = {getattr(permission, "name", None) for permission in plugin.permissions}
    for endpoint, view in _views(blueprint):
        for label, function in _methods(endpoint, view):
            permission = getattr(function, "permission", None) or getattr(view, "permission", None)
            if permission is None:
                yield f"{part} view {label} has no @requires"
            elif permission not in known:
                yield f"{part} view {label} requires {permission!r}, which is not in the manifest"


def _vague(blueprint: Blueprint) -> Iterator[str]:
    """Console rules that would match what the host answers at `/plugins/<name>` and below."""
    for rule in _mounted(blueprint).url_map.iter_rules():
        own = rule.rule.removeprefix("/x")
        first = own.lstrip("/").partition("/")[0]
        if not first or "<" in first:
            yield f"console: the rule {own!r} has no fixed first part"


def _views(blueprint: Blueprint) -> list[tuple[str, Callable[..., Any]]]:
    return sorted(_mounted(blueprint).view_functions.items())


def _mounted(blueprint: Blueprint) -> Flask:
    scratch = Flask(__name__, static_folder=None)
    scratch.register_blueprint(blueprint, url_prefix="/x")
    return scratch


def _methods(endpoint: str, view: Callable[..., Any]) -> list[tuple[str, Callable[..., Any]]]:
    kind = getattr(view, "view_class", None)
    if kind is None:
        return [(endpoint, view)]
    return [(f"{endpoint} ({method})", getattr(kind, method.lower())) for method in sorted(kind.methods or ())]
