"""What Python files import and do, read without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BY_NAME = {"import_module", "__import__"}
_LEAVING = {"sys.exit", "os._exit", "os.abort", "exit", "quit"}
_APP_WIDE = {
    "before_app_request", "after_app_request", "teardown_app_request", "app_errorhandler", "app_context_processor",
    "app_template_filter", "app_template_global", "app_template_test", "app_url_value_preprocessor", "app_url_defaults",
    "record", "record_once",
}
_ENVIRONMENT_WRITES = {"update", "setdefault", "pop", "popitem", "clear", "__setitem__"}


@dataclass(frozen=True, slots=True)
class Import:
    """`name` is absolute: relative imports are resolved; `relative` tells that it was written with dots."""

    name: str
    line: int
    relative: bool


def imports(path: Path, module: str) -> Iterator[Import]:
    """Everything the file imports; `module` is its own dotted name, with `.__init__` for a package."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _from(node, module)
        elif isinstance(node, ast.Call) and _name(node.func).rpartition(".")[2] in _BY_NAME:
            yield from _dynamic(node)


def trespasses(path: Path) -> Iterator[tuple[int, str]]:
    """(line, what is done there) for what would touch more than the plugin itself."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call):
            yield from _bad_call(node)
        elif isinstance(node, ast.Raise) and node.exc is not None and _name(_called(node.exc)) == "SystemExit":
            yield node.lineno, "raises SystemExit"
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield from _bad_target(node)
        elif isinstance(node, ast.Attribute) and node.attr in _APP_WIDE:
            yield node.lineno, f"uses {node.attr}, which concerns the whole app"


def _bad_call(node: ast.Call) -> Iterator[tuple[int, str]]:
    name = _name(node.func)
    if name in _LEAVING:
        yield node.lineno, f"calls {name}()"
    elif name in {"os.putenv", "os.unsetenv"} or name in {f"os.environ.{verb}" for verb in _ENVIRONMENT_WRITES}:
        yield node.lineno, f"writes to the environment with {name}()"


def _bad_target(node: ast.Subscript | ast.Attribute) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Subscript) and _name(node.value) in {"os.environ", "environ"}:
        yield node.lineno, "writes to os.environ"


def _from(node: ast.ImportFrom, module: str) -> Iterator[Import]:
    if node.level:
        parents = module.split(".")[: -node.level]
        base = ".".join(parents + ([node.module] if node.module else []))
    else:
        base = node.module or ""
    yield from (Import(f"{base}.{alias.name}", node.lineno, bool(node.level)) for alias in node.names)


def _dynamic(node: ast.Call) -> Iterator[Import]:
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield Import(first.value, node.lineno, first.value.startswith("."))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _name(node: ast.expr) -> str:
    """`os.environ.update` of a chain of names; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _name(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""
