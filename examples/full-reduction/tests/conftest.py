from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builders import entered

CONSOLE = "/plugins/fullreduction"


@pytest.fixture
def campaign(plugin_on, console) -> Callable[..., int]:
    """`campaign({"at": 6000, "off_fen": 800}, priority=1)` enters a campaign at the console; returns its id."""
    plugin_on("fullreduction")

    def enter(*levels: dict[str, Any], **more: Any) -> int:
        answer = console.post(f"{CONSOLE}/rules", json=entered(*levels, **more))
        assert answer.status_code == 201, answer.text
        return int(answer.json["id"])

    return enter


@pytest.fixture
def gift(plugin_on, console) -> Callable[[int], int]:
    """`gift(5)` adds 抽纸, five of them; returns its id."""
    plugin_on("fullreduction")

    def add(stock: int) -> int:
        answer = console.post(f"{CONSOLE}/gifts", json={"name": "抽纸", "stock": stock})
        assert answer.status_code == 201, answer.text
        return int(answer.json["id"])

    return add
