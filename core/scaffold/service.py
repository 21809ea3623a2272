"""Writes plugin packages. Nothing here needs a database, a server or the network."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from jinja2 import Environment, StrictUndefined

import core.models  # noqa: F401  (all tables of the core must be known)
from core.db import db
from core.plugin import Plugin
from core.scaffold.domain import Spec, name_faults, writable
from core.scaffold.errors import BadName, BadText, FolderExists, NotAPlugin
from tenants.history import History, write_rendered

ROOT = Path(__file__).parent / "plugin-template" / "root"
PACKAGE = Path(__file__).parent / "plugin-template" / "package"
PASSING = "jishi_packed"
_LITTER = shutil.ignore_patterns("__pycache__", "*.pyc", ".pytest_cache")
_JINJA = Environment(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True)


def create(spec: Spec, parent: Path) -> Path:
    """Write `parent/jishi-NAME` with a plugin that works; returns the folder. Raises BadName, BadText, FolderExists."""
    folder = _folder(spec, parent)
    _write(spec, ROOT, sorted(ROOT.rglob("*.jinja")), folder)
    _write(spec, PACKAGE, sorted(PACKAGE.rglob("*.jinja")), folder / spec.package)
    write_rendered(History.at(spec.name, folder / spec.package / "migrations"))
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    return folder


def pack(source: Path, parent: Path) -> Path:
    """Copy the plugin in folder `source` into a package of its own, `parent/jishi-NAME`; returns the folder.

    Its manifest says what it is called. Raises NotAPlugin, BadName, FolderExists.
    """
    spec = described(source)
    folder = _folder(spec, parent)
    packaging = [path for path in sorted(ROOT.rglob("*.jinja")) if path.relative_to(ROOT).parts[0] != "tests"]
    _write(spec, ROOT, packaging, folder)
    shutil.copytree(source, folder / spec.package, ignore=_LITTER)
    return folder


def described(source: Path) -> Spec:
    """What the plugin in a folder says about itself; raises NotAPlugin when there is none.

    It is imported under a passing name: what works under any name works in a package of its own.
    """
    try:
        plugin = getattr(_imported(source), "plugin", None)
    except Exception as error:
        raise NotAPlugin(f"{source} 无法导入：{type(error).__name__}: {error}", field="source") from error
    if not isinstance(plugin, Plugin):
        raise NotAPlugin(f"{source} 里没有插件：__init__.py 中应有 plugin = Plugin(…)", field="source")
    return Spec(plugin.name, plugin.title, plugin.summary, plugin.version, tests=f"jishi_{plugin.name}")


def _imported(source: Path) -> ModuleType:
    location = source / "__init__.py"
    spec = spec_from_file_location(PASSING, location, submodule_search_locations=[str(source)])
    if spec is None or spec.loader is None or not location.exists():
        raise FileNotFoundError(location)
    module = sys.modules[PASSING] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == PASSING]:
            del sys.modules[name]
    return module


def _folder(spec: Spec, parent: Path) -> Path:
    faults = [*name_faults(spec.name), *_clashes(spec.name)]
    if faults:
        raise BadName(f"插件名“{spec.name}”不可用：{'；'.join(faults)}", field="name")
    for text in (spec.title, spec.summary):
        if not writable(text):
            raise BadText(f"“{text}”不可用：应为 1 到 200 个字，不含引号、反斜杠和换行", field="title")
    folder = parent / spec.distribution
    if folder.exists():
        raise FolderExists(f"{folder} 已存在；请换一个名称或目录，已有的文件不会被改动", field="dir")
    return folder


def _clashes(name: str) -> Iterator[str]:
    """Tables of the core that a plugin of this name would own."""
    tables = sorted(table for table in db.metadata.tables if table.startswith(f"{name}_"))
    if tables:
        yield f"会与系统的数据表混淆：{'、'.join(tables)}"


def _write(spec: Spec, templates: Path, chosen: Iterable[Path], folder: Path) -> None:
    for template in chosen:
        target = folder / _named(template.relative_to(templates), spec)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_JINJA.from_string(template.read_text("utf-8")).render(plugin=spec), "utf-8")
        if target.suffix == ".sh":
            target.chmod(0o755)


def _named(template: Path, spec: Spec) -> Path:
    """`dot-github/test.yml.jinja` → `.github/test.yml`: hidden files would be left out of the wheel."""
    parts = [f".{part.removeprefix('dot-')}" if part.startswith("dot-") else part for part in template.parts]
    return Path(_JINJA.from_string("/".join(parts)).render(plugin=spec)).with_suffix("")
