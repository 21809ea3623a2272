"""The arrows of docs/architecture.md: a module imports only what stands to its left."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FOUNDATION = ["db", "money", "clock", "errors", "crypto", "config", "services", "totp", "ui", "web", "migrations"]
SURFACES = ["console", "storefront", "openapi", "ports"]
TOP = ["app", "models", "cli", "launcher", "demo", "replay", "data", "scaffold"]


def layer(module: str) -> int:
    """0 tenants, 1 foundation, 2 public API, 3 host, 4 features, 5 surfaces, 6 composition, 7 wsgi."""
    if module == "wsgi":
        return 7
    if module.split(".")[0] == "tenants":
        return 0
    if module == "core" or module.startswith("core.plugin.testing"):
        return 6
    part = module.split(".")[1]
    named = ((1, FOUNDATION), (2, ["plugin"]), (3, ["host"]), (5, SURFACES), (6, TOP))
    return next((number for number, parts in named if part in parts), 4)


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("tenants", "core"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "versions" in path.parts:
                continue
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                deeper = ROOT.joinpath(*node.module.split("."), alias.name)
                is_module = deeper.is_dir() or deeper.with_suffix(".py").exists()
                yield f"{node.module}.{alias.name}" if is_module else node.module


def ours(name: str) -> bool:
    return name.split(".")[0] in {"tenants", "core", "plugins", "simulator", "wsgi"}


def allowed(module: str, name: str) -> bool:
    """Nothing knows a plugin; only the kit for plugin authors, which brings a WeChat along, knows the simulator."""
    if name.startswith("plugins"):
        return False
    if name.startswith("simulator"):
        return module.startswith("core.plugin.testing")
    return layer(name) <= layer(module)


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_module_imports_only_what_stands_to_its_left(module: str, path: Path):
    wrong = [name for name in imported(path) if ours(name) and not allowed(module, name)]
    assert wrong == []


def test_plugins_import_the_public_api_and_themselves_only():
    wrong = [
        (path.name, name)
        for folder in (ROOT / "plugins").iterdir()
        for path in folder.rglob("*.py")
        for name in imported(path)
        if ours(name) and not name.startswith(("core.plugin", f"plugins.{folder.name}"))
    ]
    assert wrong == []


def test_tenants_know_nothing_about_shops():
    wrong = [
        (module, name)
        for module, path in modules()
        if module.startswith("tenants")
        for name in imported(path)
        if name.split(".")[0] == "core"
    ]
    assert wrong == []


def test_simulator_imports_nothing_of_ours():
    found = [name for path in (ROOT / "simulator").rglob("*.py") for name in imported(path) if ours(name)]
    assert [name for name in found if not name.startswith("simulator")] == []


def test_core_names_no_plugin():
    names = [path.name for path in (ROOT / "plugins").iterdir() if (path / "__init__.py").exists()]
    found = [(module, name) for module, path in modules() for name in names if f'"{name}"' in path.read_text()]
    assert found == []
