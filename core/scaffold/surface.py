"""The public API as text, one line per name, field, argument and answer: what a version number promises.

`core/plugin/api.txt` keeps the text of the last version; a line that is gone or different is a promise broken.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum, StrEnum
from importlib import import_module
from types import ModuleType
from typing import Any

from core.plugin import API_VERSION, hookspecs
from core.scaffold.fixtures import fixtures

MODULES = ("core.plugin", "core.plugin.data", "core.plugin.web", "core.plugin.pages", "core.plugin.build")
HEADER = f"API {API_VERSION}"


class Bump(StrEnum):
    """Which part of the version has to grow."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"


def render() -> str:
    """The surface of this checkout."""
    lines = [line for name in MODULES for line in _module(import_module(name))]
    lines += [line for name, hook in hooks().items() for line in _callable(f"hook {name}", hook)]
    lines += [f"fixture {name}" for name in fixtures()]
    return "\n".join([HEADER, *sorted(set(lines))]) + "\n"


def needed(old: str, new: str) -> Bump:
    """Which bump leads from one surface to the other: lines that are gone make it a major one."""
    before, after = set(old.splitlines()[1:]), set(new.splitlines()[1:])
    if before - after:
        return Bump.MAJOR
    return Bump.MINOR if after - before else Bump.NONE


def bumped(old: str, new: str) -> Bump:
    """Which part of the version did grow."""
    before, after = (tuple(map(int, text.splitlines()[0].split()[1].split("."))) for text in (old, new))
    if after[0] > before[0]:
        return Bump.MAJOR
    return Bump.MINOR if after > before else Bump.NONE


def hooks() -> dict[str, Any]:
    """The hooks by name, in the order of their page."""
    found = vars(hookspecs).items()
    return {name: value for name, value in found if hasattr(value, f"{hookspecs.PROJECT}_spec")}


def _module(module: ModuleType) -> Iterator[str]:
    for name in module.__all__:
        yield from _thing(f"{module.__name__}.{name}", getattr(module, name))


def _thing(path: str, thing: Any) -> Iterator[str]:
    if isinstance(thing, type) and issubclass(thing, Enum):
        yield from (f"{path}.{member.name} = {member.value!r}" for member in thing)
    elif isinstance(thing, type):
        yield from _class(path, thing)
    elif inspect.isfunction(thing):
        yield from _callable(path, thing)
    else:
        yield path


def _class(path: str, cls: type) -> Iterator[str]:
    yield f"{path} class"
    if is_dataclass(cls):
        yield from (f"{path}.{_field(field)}" for field in fields(cls))
    own = {field.name for field in fields(cls)} if is_dataclass(cls) else set()
    for name, member in vars(cls).items():
        if name.startswith("_") or name in own:
            continue
        plain = member.__func__ if isinstance(member, staticmethod) else member
        if inspect.isfunction(plain):
            yield from _callable(f"{path}.{name}", plain)
        elif isinstance(member, property):
            yield f"{path}.{name} property"


def _field(field: Field) -> str:
    optional = field.default is not MISSING or field.default_factory is not MISSING
    return f"{field.name}: {field.type}{' = …' if optional else ''}"


def _callable(path: str, function: Any) -> Iterator[str]:
    signature = inspect.signature(function)
    yield f"{path} -> {_annotation(signature.return_annotation)}"
    for parameter in signature.parameters.values():
        optional = "" if parameter.default is inspect.Parameter.empty else " = …"
        yield f"{path}({parameter.name}: {_annotation(parameter.annotation)}{optional})"


def _annotation(annotation: Any) -> str:
    if annotation is inspect.Signature.empty:
        return "?"
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
