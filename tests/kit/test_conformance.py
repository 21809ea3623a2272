"""The conformance kit passes a plugin without fault and names the fault of eleven others, each in its group."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.launcher.throwaway import Throwaway
from core.plugin.testing import selection
from tests.examples.environment import for_tests

ROOT = Path(__file__).parents[2]
KIT = "core.plugin.testing.conformance"
AUTHOR_S = Path(__file__).parent / "good" / "stamps_tests.py"
GROUPS = (
    "manifest", "imports", "hooks", "tables", "migrations", "off", "routes", "settings", "quote", "handlers", "life",
    "privacy", "load", "pages",
)
BROKEN = [
    ("newapi", "manifest", r"needs API 0\.99, this is 0\.9"),
    ("peeks", "imports", r"hooks\.py:3 imports core\.orders\.domain\.STATE_NAMES"),
    ("typo", "hooks", r"hook 'product_offers' has no argument 'product'"),
    ("nameless", "tables", r"table 'somebody_note' should be called 'nameless_something'"),
    ("drifted", "migrations", r"models and migrations differ.*add_column drifted_note words"),
    ("opendoor", "routes", r"console view opendoor_console\.read_secrets has no @requires"),
    ("unlabelled", "settings", r"colour: has no label"),
    ("chatty", "quote", r"quote ran SQL: SELECT 1"),
    ("twofold", "handlers", r"the handler of order\.paid is not idempotent.*twofold_note: new row"),
    ("inliner", "pages", r"page: (<script|onclick=|style=)"),
    ("hoarder", "privacy", r"erase_buyer left rows of the buyer.*hoarder_wish\.buyer_id"),
]
TOO = {("nameless", "migrations")}
"""The script that makes a table of a wrong name is wrong, too."""
QUICKER = "stamps or not (test_off or test_life)"
"""Lives of two shops take seconds: for the plugin without fault only."""

_NAME = re.compile(r"(\w+)(?:\[(\w+))?")


@dataclass(frozen=True)
class Outcome:
    """One test of the kit: `message` is empty unless it failed."""

    plugin: str
    group: str
    test: str
    message: str
    skipped: bool


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, throwaway) -> dict[str, list[Outcome]]:
    """What the kit says, by plugin; all twelve in one run."""
    folder = tmp_path_factory.mktemp("kit")
    options = [option for name, _, _ in BROKEN for option in named(name, f"tests.kit.broken.{name}:plugin")]
    run(folder, throwaway, KIT, str(AUTHOR_S), *named("stamps", "tests.kit.good:plugin"), *options, "-k", QUICKER)
    found = defaultdict(list)
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        outcome = read(case)
        found[outcome.plugin].append(outcome)
    return found


def named(name: str, place: str) -> list[str]:
    return ["--plugin", name, "--plugin-module", f"{name}={place}"]


def run(folder: Path, servers: Throwaway, *arguments: str) -> None:
    """pytest as an author starts it: elsewhere, without this repository's options; leaves `report.xml` in `folder`."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    options = ["-c", "pytest.ini", "-p", "no:cacheprovider", "--junitxml", "report.xml", "--pyargs"]
    environment = os.environ | for_tests(servers) | {"PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert (folder / "report.xml").exists(), done.stdout + done.stderr


def read(case: ElementTree.Element) -> Outcome:
    test, plugin = _NAME.match(case.attrib["name"]).groups(AUTHOR_S.stem)
    group = case.attrib["classname"].rpartition("test_")[2]
    wrong = [*case.iter("failure"), *case.iter("error")]
    message = "\n".join(f"{fault.get('message')}\n{fault.text}" for fault in wrong)
    return Outcome(plugin, group, test, message, case.find("skipped") is not None)


def test_plugin_without_fault_passes_every_group(outcomes):
    assert [(each.group, each.test, each.message) for each in outcomes["stamps"] if each.message or each.skipped] == []
    assert {each.group for each in outcomes["stamps"]} == set(GROUPS)


@pytest.mark.parametrize(("plugin", "group", "words"), BROKEN, ids=[name for name, _, _ in BROKEN])
def test_fault_is_named_in_its_group(outcomes, plugin, group, words):
    failed = {(each.plugin, each.group): each.message for each in outcomes[plugin] if each.message}
    assert failed.keys() - TOO == {(plugin, group)}
    assert re.search(words, failed[plugin, group], re.DOTALL), failed[plugin, group]


def test_author_s_tests_run_with_the_fixtures(outcomes):
    assert [(each.test, each.message) for each in outcomes[AUTHOR_S.stem] if each.message] == []
    assert len(outcomes[AUTHOR_S.stem]) == 8


def test_unknown_plugin_is_refused_by_name(pytestconfig, monkeypatch):
    monkeypatch.setattr(pytestconfig.option, "jishi_plugins", ["nosuch"])
    with pytest.raises(pytest.UsageError, match="no plugin called nosuch is installed"):
        selection.tested(pytestconfig)


def test_place_of_a_plugin_has_to_be_complete(pytestconfig, monkeypatch):
    monkeypatch.setattr(pytestconfig.option, "jishi_modules", ["nosuch"])
    with pytest.raises(pytest.UsageError, match="write name=module:attr"):
        selection.known(pytestconfig)


def test_other_test_suites_pay_next_to_nothing():
    """pytest loads the plugin file in every suite of the environment: no database, no shop, no simulator comes along."""
    heavy = "{'sqlalchemy', 'core.app', 'core.db', 'simulator'}"
    ask = f"import sys, core.plugin.testing.plugin; print(*{heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True).stdout == "\n"
