"""The files of the demo, as they lie in the package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TextIO

FOLDER = "core.data.demo"
PRODUCTS = "xingtai_supermarket_products.csv"


def open_text(name: str) -> TextIO:
    return (files(FOLDER) / name).open(encoding="utf-8-sig", newline="")


@contextmanager
def path_of(name: str) -> Iterator[Path]:
    """A path that exists while the block runs, also from a zipped package."""
    with as_file(files(FOLDER) / name) as path:
        yield path
