"""The English catalogue: `python -m core.scaffold.translations` collects every Chinese text and compiles what is translated.

Texts in the code are Chinese, whether they are marked for gettext or not: refusals, labels of schemas, names of states.
What only the command line, logs or the demo data say is left out. A text with values in it becomes a pattern with `{}`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parents[2]
CATALOGUES = {"core": ("core", "tenants"), "plugins/points": ("plugins/points",)}
"""Where a catalogue lies, and whose texts are in it: a plugin brings its own."""
LEFT_OUT = (
    "cli", "launcher", "demo", "scaffold", "replay", "migrations", "data", "testing", "tests", "districts.py", "readings.py",
    "placeholder.py", "pictograms.py",
)
_SINCE = datetime(2026, 11, 22, tzinfo=UTC)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_FIELD = re.compile(r"\{[a-z_.:,0-9]*\}")


def texts(owner: str) -> dict[str, set[str]]:
    """Every text of one catalogue that people may read, and the files that say it."""
    found: dict[str, set[str]] = {}
    for path in sources(owner):
        said = _of_template(path) if path.suffix == ".html" else _of_module(path)
        for text in said:
            found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    return found


def sources(owner: str) -> Iterator[Path]:
    for top in CATALOGUES[owner]:
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in {".py", ".html"} and not set(path.relative_to(ROOT).parts) & set(LEFT_OUT):
                yield path


def _of_template(path: Path) -> Iterator[str]:
    with path.open("rb") as source:
        for _, _, message, _ in babel_extract(source, ("_", "gettext", "ngettext"), (), {"silent": "false"}):
            for text in message if isinstance(message, tuple) else (message,):
                if isinstance(text, str):
                    yield text


def _of_module(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    silent = {id(node) for node in _docstrings(tree)} | {id(part) for part in _inside_f_strings(tree)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        text = _text(node)
        if text and _CHINESE.search(text):
            yield text


def _text(node: ast.AST) -> str | None:
    """The node's text as a pattern; None for what is no text, or is a statement of SQL."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "SELECT" not in node.value:
        return _FIELD.sub("{}", node.value) if "%(" not in node.value else node.value
    return None


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        for statement in getattr(node, "body", ()) if isinstance(getattr(node, "body", ()), list) else ():
            if isinstance(statement, ast.Expr):
                yield statement.value


def _inside_f_strings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from (part for part in node.values if isinstance(part, ast.Constant))


def folder(owner: str) -> Path:
    return ROOT / owner / "translations" / "en" / "LC_MESSAGES"


def catalogue(owner: str) -> Catalog:
    """What there is to translate, with the translations that are there."""
    written = folder(owner) / "messages.po"
    known = read_po(written.open("rb"), locale="en") if written.exists() else Catalog(locale="en")
    fresh = Catalog(
        locale="en", project="Jishi", version="1", header_comment="# What the pages say, in English.", fuzzy=False,
        msgid_bugs_address="", last_translator="Jishi", language_team="Jishi", creation_date=_SINCE, revision_date=_SINCE,
    )
    for text, places in sorted(texts(owner).items(), key=lambda pair: (min(pair[1]), pair[0])):
        old = known.get(text)
        flags = ["python-format"] if "%(" in text else []
        fresh.add(text, old.string if old else "", locations=[(place, 0) for place in sorted(places)][:2], flags=flags)
    return fresh


def untranslated(found: Catalog) -> list[str]:
    return [str(message.id) for message in found if message.id and not message.string]


def main() -> int:
    """Write every catalogue; 1 when something has no translation yet."""
    missing = 0
    for owner in CATALOGUES:
        found = catalogue(owner)
        folder(owner).mkdir(parents=True, exist_ok=True)
        with (folder(owner) / "messages.po").open("wb") as target:
            write_po(target, found, width=0, include_lineno=False)
        with (folder(owner) / "messages.mo").open("wb") as target:
            write_mo(target, found)
        missing += len(untranslated(found))
        print(f"{owner}: {len(found)} texts, {len(untranslated(found))} without a translation")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
