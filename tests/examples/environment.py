"""Environments into which wheels are installed, as a shop's operator would do it, with nothing of this checkout on the path.

The locked dependencies come from the environment that runs the tests, through one path entry: Python reads no `.pth` file
there, so the editable install of this checkout stays out of reach. With JISHI_CLEAN_INSTALL=1 they are installed from
the lock file instead, hashes and all, and everything runs at its full length (`make test-examples`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

from core.launcher.throwaway import Throwaway

LONG = bool(os.environ.get("JISHI_CLEAN_INSTALL"))
ROOT = Path(__file__).parents[2]
PRODUCT = ("core", "tenants", "simulator", "requirements", "wsgi.py", "setup.cfg", "pyproject.toml", "README.md")
LITTER = shutil.ignore_patterns("__pycache__", "*.egg-info", ".pytest_cache", "build", "dist")
QUIET = ("--quiet", "--disable-pip-version-check", "--no-input")


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment at `folder`."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def install(self, *wheels: Path) -> None:
        """Install wheels without their dependencies, which are there, and without the network."""
        self._pip("install", "--no-deps", "--no-index", *map(str, wheels))

    def install_locked(self) -> None:
        self._pip("install", "--require-hashes", "-r", str(ROOT / "requirements" / "dev.lock"))

    def run(self, *arguments: str, cwd: Path, servers: Throwaway | None = None) -> str:
        """What `python ARGUMENTS` printed; fails the test, with the output, when it did not succeed.

        Tests in there use `servers`, if given, instead of starting some.
        """
        own = environ() | (for_tests(servers) if servers else {})
        done = subprocess.run(
            [str(self.python), "-I", *arguments], cwd=cwd, env=own, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(arguments)} in {cwd}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _pip(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "pip", "--python", str(self.python), *arguments, *QUIET], check=True)


def environ() -> dict[str, str]:
    """This process's environment without what would lead back to the checkout or to its settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "JISHI", "COV"))}
    return {name: value for name, value in kept.items() if name not in {"DATABASE_URL", "REDIS_URL", "RQ_REDIS_URL"}}


def for_tests(servers: Throwaway) -> dict[str, str]:
    """What the test kit finds these servers by."""
    return {"DATABASE_URL_TEST": servers.database_url, "REDIS_URL_TEST": servers.redis_url}


def make_environment(folder: Path) -> Environment:
    """A new environment that has the dependencies, and neither jishi nor a plugin."""
    venv.create(folder, with_pip=False)
    environment = Environment(folder)
    if LONG:
        environment.install_locked()
        return environment
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    return environment


def build(source: Path, target: Path) -> Path:
    """The wheel of the package in `source`, a scratch copy, put into `target`."""
    before = set(target.glob("*.whl"))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(target)]
    done = subprocess.run([*command, *QUIET, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = set(target.glob("*.whl")) - before
    return wheel


def product_without_plugins(scratch: Path) -> Path:
    """A copy of the product that no plugin comes with: the built-in ones are to be found in wheels of their own."""
    scratch.mkdir()
    for name in PRODUCT:
        path = ROOT / name
        copy = shutil.copytree if path.is_dir() else shutil.copy2
        copy(path, scratch / name, **({"ignore": LITTER} if path.is_dir() else {}))
    setup = ConfigParser(interpolation=None)
    setup.optionxform = str
    setup.read(scratch / "setup.cfg", "utf-8")
    setup.remove_option("options.entry_points", "jishi.plugins")
    with (scratch / "setup.cfg").open("w", encoding="utf-8") as file:
        setup.write(file)
    return scratch
