"""Plugins as third parties ship them: built as wheels, installed into a clean environment, held to the whole contract.

Three ways to a package: the example that lives in this repository, every built-in plugin copied out alone
(`jishi plugin new --around`), and what `jishi plugin new` writes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli.scaffold import new
from tests.examples.environment import (
    LITTER,
    LONG,
    ROOT,
    Environment,
    build,
    make_environment,
    product_without_plugins,
)

BUILT_IN = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py"))
NAMES = ["fullreduction", *BUILT_IN, "scratch"]
WHERE = """
import importlib, json, sys
names = ["core", "tenants", "simulator"] + [f"jishi_{name}" for name in sys.argv[1:]]
print(json.dumps([importlib.import_module(name).__file__ for name in names]))
"""


def source_of(name: str, parent: Path) -> Path:
    """A scratch copy of the package of plugin `name`."""
    if name == "fullreduction":
        return Path(shutil.copytree(ROOT / "examples" / "full-reduction", parent / "full-reduction", ignore=LITTER))
    arguments = ["--around", str(ROOT / "plugins" / name)] if name in BUILT_IN else [name, "--title", "样例"]
    result = CliRunner().invoke(new, [*arguments, "--dir", str(parent)])
    assert result.exit_code == 0, result.output
    return parent / f"jishi-{name}"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    parent = tmp_path_factory.mktemp("sources")
    return {name: source_of(name, parent) for name in NAMES}


@pytest.fixture(scope="module")
def environment(sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """One environment with the product and every plugin, from wheels."""
    scratch = tmp_path_factory.mktemp("clean")
    environment = make_environment(scratch / "environment")
    product = build(product_without_plugins(scratch / "product"), scratch)
    environment.install(product, *[build(source, scratch) for source in sources.values()])
    return environment


def test_nothing_of_this_checkout_is_importable(environment: Environment, tmp_path: Path):
    found = json.loads(environment.run("-c", WHERE, *NAMES, cwd=tmp_path))
    assert [path for path in found if not Path(path).is_relative_to(environment.folder)] == []


def test_command_finds_every_plugin_fit(environment: Environment, tmp_path: Path):
    listed = [line.split("\t") for line in environment.run("-m", "core.cli", "plugin", "list", cwd=tmp_path).splitlines()]
    assert [(row[0], row[2].partition(" ")[0]) for row in listed] == [(name, f"jishi-{name}") for name in sorted(NAMES)]


@pytest.mark.parametrize("name", NAMES)
def test_conformance_and_own_tests_pass(environment: Environment, sources: dict[str, Path], tmp_path: Path, name: str):
    """The tests lie alone, without the package beside them: what they import is the wheel.

    Of what runs elsewhere in every run, only at full length here: a built-in plugin's own tests run from the checkout,
    conformance of what the scaffold writes in the tutorial, which begins with that.
    """
    contract = () if name == "scratch" and not LONG else ("--pyargs", "core.plugin.testing.conformance")
    own = _own_tests(name, sources[name], tmp_path)
    environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--plugin", name, *contract, *own, cwd=tmp_path)


def _own_tests(name: str, source: Path, folder: Path) -> list[str]:
    if name in BUILT_IN:
        return [f"jishi_{name}"] if LONG else []
    shutil.copytree(source / "tests", folder / "tests")
    return ["tests"]
