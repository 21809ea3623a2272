"""Every action that the core writes into the audit log has a name for people."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.staff.actions import LABELS, groups, label

CORE = Path(__file__).parents[3] / "core"
GUARD = CORE / "ports" / "guard.py"
RECORDERS = {"record": 0, "record_as": 1}


def functions_around(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.FunctionDef | None]]:
    """Every node with the innermost function it stands in."""
    waiting: list[tuple[ast.AST, ast.FunctionDef | None]] = [(tree, None)]
    while waiting:
        node, inside = waiting.pop()
        yield node, inside
        deeper = node if isinstance(node, ast.FunctionDef) else inside
        waiting.extend((child, deeper) for child in ast.iter_child_nodes(node))


def recorded(path: Path) -> Iterator[str]:
    """The actions that a module records; fails on one that it can't make out."""
    tree = ast.parse(path.read_text())
    for node, inside in functions_around(tree):
        if is_recording(node):
            yield from possible(tree, node.args[RECORDERS[node.func.attr]], inside, path)


def is_recording(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "audit"
        and node.func.attr in RECORDERS
    )


def possible(tree: ast.Module, value: ast.expr, inside: ast.FunctionDef | None, path: Path) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from possible(tree, one, inside, path)
            yield from possible(tree, other, inside, path)
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue(value=ast.Name() as rest)]):
            yield from (start + end for end in possible(tree, rest, inside, path))
        case ast.Name(id=name) if inside is not None and name in arguments(inside):
            yield from passed(tree, inside, arguments(inside).index(name), path)
        case _:
            pytest.fail(f"{path.relative_to(CORE.parent)}:{value.lineno} records an action that nobody can list")


def arguments(function: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in function.args.args]


def passed(tree: ast.Module, function: ast.FunctionDef, place: int, path: Path) -> Iterator[str]:
    for node, inside in functions_around(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function.name:
            yield from possible(tree, node.args[place], inside, path)


MODULES = [path for path in sorted(CORE.rglob("*.py")) if path != GUARD and "audit.record" in path.read_text()]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(CORE)))
def test_every_recorded_action_has_a_label(path: Path):
    assert sorted(set(recorded(path)) - LABELS.keys()) == []


def test_every_label_belongs_to_an_action_that_is_recorded():
    by_operators = {"support.enter", "support.leave"}
    assert sorted(LABELS.keys() - by_operators - {action for path in MODULES for action in recorded(path)}) == []


def test_label_of_a_plugins_action_is_the_plugins_word():
    words = {"staff.invite": "别的", "points.adjust": "调整"}
    named = [label(action, words) for action in ("staff.invite", "points.adjust", "points.odd")]
    assert named == ["邀请员工", "调整", "points.odd"]


def test_groups_hold_every_action_once():
    listed = [action for group in groups() for action in group.actions]
    assert sorted(listed) == sorted(LABELS)
    assert [(group.prefix, group.label) for group in groups()][:2] == [("orders.", "订单"), ("catalog.", "商品")]
