"""Every act of operators has a name for people."""

from __future__ import annotations

import re
from pathlib import Path

import core.operator
from core.operator.actions import LABELS

_RECORDED = re.compile(r'"((?:operator|tenant|plan|platform|job|support)\.[a-z_]+)"')


def test_every_recorded_action_has_a_label():
    folder = Path(core.operator.__file__).parent
    files = [file for file in folder.glob("*.py") if file.name != "actions.py"]
    found = {name for file in files for name in _RECORDED.findall(file.read_text())}
    assert found - {"support.leave"} == LABELS.keys()
