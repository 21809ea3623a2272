"""Group 2: a plugin imports the public API, the standard library and what it declares; it touches nothing global."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires

from core.plugin.testing.conformance.sources import Import, imports, trespasses
from core.plugin.testing.conformance.subject import Subject
from core.plugin.testing.selection import known

OURS = {"core", "tenants", "simulator", "wsgi"}
PUBLIC = ("core.plugin", "core.plugin.data", "core.plugin.web", "core.plugin.pages", "core.plugin.build")
FOR_TESTS = "core.plugin.testing"
WITH_THE_API = {"flask", "flask_smorest", "marshmallow", "sqlalchemy"}
"""The API hands out their objects, so they need not be declared."""


def test_imports_only_the_public_api_and_what_is_declared(subject, pytestconfig):
    others = {Subject(name, point).package for name, point in known(pytestconfig).items() if name != subject.name}
    allowed = declared(subject)
    found = [
        f"{path.relative_to(subject.folder)}:{item.line} {fault}"
        for path, item in every_import(subject)
        for fault in import_faults(subject, item, allowed, others)
    ]
    assert found == [], "\n".join(found)


def test_leaves_process_and_app_alone(subject):
    found = [
        f"{path.relative_to(subject.folder)}:{line} {what}" for path in subject.files() for line, what in trespasses(path)
    ]
    assert found == [], "\n".join(found)


def every_import(subject: Subject) -> Iterator[tuple]:
    for path in subject.files():
        parts = path.relative_to(subject.folder).with_suffix("").parts
        module = ".".join((subject.package, *parts))
        yield from ((path, item) for item in imports(path, module))


def import_faults(subject: Subject, item: Import, allowed: set[str], others: set[str]) -> Iterator[str]:
    top = item.name.partition(".")[0]
    if within(item.name, subject.package):
        if not item.relative:
            yield f"imports {item.name} by its full name: write it relative, the package may be renamed"
    elif item.relative:
        yield f"imports {item.name}, which lies outside its own package {subject.package}"
    elif any(within(item.name, other) for other in others) or top == "plugins":
        yield f"imports {item.name}, which is another plugin"
    elif top in OURS:
        if not public(item.name):
            yield f"imports {item.name}: of this product only core.plugin and its data, web, pages and build are for plugins"
    elif top not in sys.stdlib_module_names and top not in allowed:
        yield f"imports {item.name}, which no distribution that it declares provides"


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def public(name: str) -> bool:
    """`core.plugin.Lane` and `core.plugin.data.tables`, not `core.plugin.hookspecs.hookimpl`."""
    return any(name == module or name.rpartition(".")[0] == module for module in PUBLIC) and name != FOR_TESTS


def declared(subject: Subject) -> set[str]:
    """Top-level modules of the distributions that the plugin's own distribution requires."""
    wanted = {normal(re.split(r"[ ;<>=!~\[(]", line, maxsplit=1)[0]) for line in _requirements(subject)}
    provided = {
        module for module, names in packages_distributions().items() if wanted & {normal(name) for name in names}
    }
    return provided | WITH_THE_API


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(subject: Subject) -> list[str]:
    return (subject.point.dist and requires(subject.point.dist.name)) or []
