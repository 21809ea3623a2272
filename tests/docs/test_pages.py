"""What stands in docs/plugins is true: generated pages are fresh, examples run, links lead somewhere."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner

from core.cli import main
from core.plugin.hookspecs import PROJECT
from core.scaffold import surface
from core.scaffold.blockpage import SCHEMA
from core.scaffold.documents import promise_broken, stale
from tests.docs.fences import PAGES, Fence, every_fence

LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
KINDS = {
    "python": re.compile(r"|file=[\w./]+"),
    "console": re.compile(r"|background|beside"),
    "html": re.compile(r"file=[\w./]+"),
    "json": re.compile(r"(block|action)=[a-z-]+"),
}


def test_generated_pages_are_what_the_source_makes_them():
    assert sorted(stale()) == [], "run python -m core.scaffold.documents"


def test_every_code_block_says_what_it_is():
    unknown = [str(f) for f in every_fence() if not KINDS.get(f.language, re.compile("-")).fullmatch(f.option)]
    assert unknown == []


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_python_of_a_page_runs(page: Path):
    """Blocks without a file are run in order, in one namespace."""
    namespace: dict[str, object] = {}
    for fence in (f for f in every_fence() if f.page == page.name and f.info == "python"):
        exec(compile(fence.body, str(fence), "exec"), namespace)


def test_console_outside_of_the_tutorial_runs():
    """Commands of ours; the tutorial's have a test of their own."""
    for fence in (f for f in every_fence() if f.language == "console" and f.page != "tutorial.md"):
        for command in fence.commands():
            program, *arguments = shlex.split(command)
            result = CliRunner().invoke(main, arguments)
            assert (program, result.exit_code) == ("jishi", 0), result.output


@pytest.mark.parametrize("fence", [f for f in every_fence() if f.language == "json"], ids=str)
def test_example_fits_the_schema(fence: Fence):
    schema = json.loads(SCHEMA.read_text("utf-8"))
    kind = {"$ref": f"#/$defs/{fence.option.replace('=', '.')}"}
    whole = {"$schema": schema["$schema"], "$defs": schema["$defs"], **kind}
    jsonschema_rs.validate(whole, json.loads(fence.body))


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_to_pages(page: Path):
    targets = LINK.findall(page.read_text("utf-8"))
    assert [t for t in targets if "://" not in t and not (page.parent / t).exists()] == []


def test_every_hook_has_a_docstring_that_says_what_failing_means():
    silent = [name for name, hook in surface.hooks().items() if not hook.__doc__]
    assert (PROJECT, silent) == ("jishi", [])


def test_surface_without_a_new_number_is_refused():
    old = "API 1.2\nhook a(x: int)\n"
    assert promise_broken(old, old) is None
    assert promise_broken(old, "API 1.3\nhook a(x: int)\nhook b -> None\n") is None
    assert promise_broken(old, "API 2.0\n") is None
    assert "minor" in (promise_broken(old, "API 1.2\nhook a(x: int)\nhook b -> None\n") or "")
    assert "major" in (promise_broken(old, "API 1.3\nhook b -> None\n") or "")
