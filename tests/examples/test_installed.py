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
from core.launcher.throwaway import Throwaway
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
CONFORMANCE = "core.plugin.testing.conformance"
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


@pytest.mark.parametrize("names", [[name] for name in NAMES] if LONG else [NAMES], ids="-".join)
def test_conformance_and_own_tests_pass(
    environment: Environment, sources: dict[str, Path], throwaway: Throwaway, tmp_path: Path, names: list[str]
):
    """The tests lie alone, without the package beside them: what they import is the wheel.

    Of what runs elsewhere in every run, only at full length here: a built-in plugin's own tests run from the checkout,
    conformance of what the scaffold writes in the tutorial, which begins with that.
    """
    chosen = [option for name in names for option in ("--plugin", name)]
    own = [test for name in names for test in _own_tests(name, sources[name], tmp_path / name)]
    less = [] if LONG else ["-k", "not (conformance and scratch)"]
    environment.run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen, *less, "--pyargs", CONFORMANCE, *own,
        cwd=tmp_path, servers=throwaway,
    )


def _own_tests(name: str, source: Path, folder: Path) -> list[str]:
    if name in BUILT_IN:
        return [f"jishi_{name}"] if LONG else []
    shutil.copytree(source / "tests", folder)
    return [str(folder)]
