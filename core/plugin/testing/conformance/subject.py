"""The plugin under test: its manifest, its files, its name."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from core.plugin import Plugin
from core.plugin.testing.tenant import Tenant


class Subject:
    """What an entry point leads to; `setup` gives a shop that has it on something to work with."""

    def __init__(self, name: str, point: EntryPoint, setup: Callable[[Tenant], object] = lambda tenant: None) -> None:
        self.name, self.point, self.setup = name, point, setup

    def __repr__(self) -> str:
        return self.name

    @cached_property
    def import_error(self) -> BaseException | None:
        """What importing the manifest raised."""
        try:
            self.point.load()
        except (Exception, SystemExit) as error:
            return error
        return None

    @cached_property
    def plugin(self) -> Plugin:
        """The manifest; skips the test where there is none, another one says so."""
        found = None if self.import_error else self.point.load()
        if not isinstance(found, Plugin):
            pytest.skip(f"{self.point.value} leads to no Plugin, another test says so")
        return found

    @cached_property
    def package(self) -> str:
        """The package that holds the manifest: `jishi_lottery`, `shop.plugins.lottery`."""
        try:
            spec = importlib.util.find_spec(self.point.module)
        except (Exception, SystemExit):  # a package above it can't be imported
            spec = None
        is_package = spec is not None and spec.submodule_search_locations is not None
        return self.point.module if is_package else self.point.module.rpartition(".")[0] or self.point.module

    @cached_property
    def folder(self) -> Path:
        """Where that package lies."""
        spec = importlib.util.find_spec(self.package)
        assert spec is not None and spec.origin is not None, f"{self.package} has no files"
        return Path(spec.origin).parent

    def files(self) -> list[Path]:
        """Its Python files; tests and migrations, which have rules of their own, left out."""
        return [path for path in sorted(self.folder.rglob("*.py")) if not _apart(path.relative_to(self.folder))]

    def revisions(self) -> list[Path]:
        """The files of its migrations."""
        folder = self.plugin.migrations
        return [] if folder is None else sorted((folder / "versions").glob("*.py"))


def _apart(path: Path) -> bool:
    return "tests" in path.parts[:-1] or "migrations" in path.parts[:-1] or path.name.startswith(("test_", "conftest"))
