"""The fixtures that `core.plugin.testing` brings: name and docstring."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from core.plugin.testing import plugin


def fixtures() -> dict[str, str]:
    """Docstring by name, in the order of the source. Read, not imported: pytest wraps fixtures beyond recognition."""
    tree = ast.parse(Path(inspect.getfile(plugin)).read_text("utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return {node.name: ast.get_docstring(node) or "" for node in functions if _is_fixture(node)}


def _is_fixture(node: ast.FunctionDef) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
