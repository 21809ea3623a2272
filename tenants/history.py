"""Migration histories and their rendered form.

A history is a folder of Alembic revisions with a version table of its own inside every schema it applies to.
Schemas are never migrated by running Alembic: releases ship SQL rendered once (`rendered/initial.json` from
nothing to head, `rendered/<A>__<B>.json` for each step), which `tenants.replay` plays per schema.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData

from tenants.errors import HistoryError

BASE = "base"
ENVIRONMENT = Path(__file__).parent / "alembic_env"


@dataclass(frozen=True, slots=True)
class History:
    """One chain of revisions: `location` holds `versions/`, `rendered` the JSON files made from them.

    `metadata` is what autogenerate compares with; histories that are only replayed need none.
    """

    name: str
    location: Path
    version_table: str
    rendered: Path
    metadata: MetaData | None = None

    @classmethod
    def at(cls, name: str, location: Path, metadata: MetaData | None = None) -> History:
        """The usual layout: `versions/` beside `rendered/`; core and platform use `alembic_version`."""
        table = "alembic_version" if name in {"core", "platform"} else f"alembic_version_{name}"
        return cls(name, location, table, location / "rendered", metadata)


@dataclass(frozen=True, slots=True)
class Step:
    """From one revision (`base`: nothing) to the next; `statements` come without BEGIN, COMMIT and guard."""

    start: str
    end: str
    statements: tuple[str, ...]


class StatementBuffer:
    """Takes Alembic's offline output: it writes one statement at a time."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def write(self, text: str) -> None:
        statement = text.strip().rstrip(";").rstrip()
        if statement and not statement.startswith("-- Running "):
            self.statements.append(statement)

    def flush(self) -> None:
        """Alembic calls it after every statement."""


def alembic_config(history: History, **attributes: Any) -> Config:
    """Alembic's configuration of `history`, with the generic environment."""
    config = Config()
    config.set_main_option("script_location", _option(ENVIRONMENT))
    config.set_main_option("version_locations", _option(history.location / "versions"))
    config.set_main_option("path_separator", "newline")
    config.attributes.update({"version_table": history.version_table, "metadata": history.metadata, **attributes})
    return config


def scripts(history: History) -> ScriptDirectory:
    """The revisions of `history`."""
    return ScriptDirectory.from_config(alembic_config(history))


def head(history: History) -> str:
    """The newest revision, or `base` of an empty history; raises HistoryError with two heads."""
    try:
        return scripts(history).get_current_head() or BASE
    except CommandError as error:
        raise HistoryError(f"历史 {history.name} 有多个最新版本，请先合并: {error}") from error


def chain(history: History) -> list[str]:
    """All revisions, oldest first, `base` before them."""
    newest = head(history)
    if newest == BASE:
        return [BASE]
    revisions = scripts(history).iterate_revisions(newest, BASE)
    return [BASE, *reversed([revision.revision for revision in revisions])]


def render(history: History, start: str = BASE, end: str = "head") -> list[str]:
    """Statements that lead from `start` to `end`, one element each, without BEGIN and COMMIT."""
    if head(history) == BASE:
        return []
    buffer = StatementBuffer()
    span = "head" if (start, end) == (BASE, "head") else f"{start}:{end}"
    command.upgrade(alembic_config(history, output=buffer), span, sql=True)
    return buffer.statements


def render_all(history: History) -> dict[str, Step]:
    """What `rendered/` should hold: file name to step."""
    revisions = chain(history)
    files = {
        f"{start}__{end}.json": Step(start, end, tuple(render(history, start, end)))
        for start, end in zip(revisions, revisions[1:], strict=False)
    }
    files["initial.json"] = Step(BASE, revisions[-1], tuple(render(history)))
    return files


def write_rendered(history: History) -> list[Path]:
    """Render everything anew; files of revisions that are gone are removed. Returns what changed."""
    history.rendered.mkdir(parents=True, exist_ok=True)
    wanted = {name: _dump(step) for name, step in render_all(history).items()}
    changed = [path for path in history.rendered.glob("*.json") if path.name not in wanted]
    for path in changed:
        path.unlink()
    return changed + list(_write_changed(history.rendered, wanted))


def outdated(history: History) -> list[str]:
    """Names of rendered files that don't match the revisions (missing, different, left over)."""
    wanted = {name: _dump(step) for name, step in render_all(history).items()}
    found = {path.name: path.read_text("utf-8") for path in history.rendered.glob("*.json")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def initial(history: History) -> Step:
    """The rendered way from nothing to head."""
    return _load(history, "initial.json")


def path(history: History, start: str, end: str) -> list[Step]:
    """The rendered steps from `start` to `end`, in order; raises HistoryError where one is missing."""
    steps = {step.start: step for step in map(_read, sorted(history.rendered.glob("*__*.json")))}
    found, at = [], start
    while at != end:
        if at not in steps:
            raise HistoryError(f"历史 {history.name} 没有从 {start} 到 {end} 的迁移脚本（停在 {at}）")
        found.append(steps[at])
        at = steps[at].end
    return found


def online(history: History, connection: Connection, schema: str, run: Callable[[Config], Any]) -> Any:
    """Run an Alembic command in `schema`, which must lie on the connection's search_path.

    For template schemas only (autogenerate, comparison): reflection scans the catalogue.
    """
    whole_schema = history.metadata is not None and history.metadata.schema is not None
    prefix = _prefix(history)
    # To Alembic the search_path's own schema is called None.
    compared = schema if whole_schema else None
    connection.dialect.default_schema_name = "" if whole_schema else schema
    return run(
        alembic_config(
            history,
            connection=connection,
            schema=compared,
            include_schemas=whole_schema,
            include_name=lambda name, kind, parents: _compared(name, kind, compared, prefix),
            include_object=lambda thing, name, kind, *_: kind != "table" or (name or "").startswith(prefix),
        )
    )


def _prefix(history: History) -> str:
    """A plugin's history concerns the plugin's tables only, not those that stand in for the core's."""
    plugin = history.metadata.info.get("plugin") if history.metadata is not None else None
    return f"{plugin}_" if plugin else ""


def _compared(name: str | None, kind: str, schema: str | None, prefix: str) -> bool:
    if kind == "schema":
        return name == schema
    return kind != "table" or (not (name or "").startswith("alembic_version") and (name or "").startswith(prefix))


def _write_changed(folder: Path, wanted: dict[str, str]) -> Iterator[Path]:
    for name, content in sorted(wanted.items()):
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != content:
            path.write_text(content, "utf-8")
            yield path


def _dump(step: Step) -> str:
    body = {"start": step.start, "end": step.end, "statements": list(step.statements)}
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _read(path: Path) -> Step:
    body = json.loads(path.read_text("utf-8"))
    return Step(body["start"], body["end"], tuple(body["statements"]))


def _load(history: History, name: str) -> Step:
    file = history.rendered / name
    if not file.exists():
        raise HistoryError(f"历史 {history.name} 缺少 {name}，请先运行 jishi db render")
    return _read(file)


def _option(path: Path) -> str:
    return str(path).replace("%", "%%")
