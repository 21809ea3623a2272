from __future__ import annotations

import pytest

from tests.core.console_pages.visitor import Visitor


@pytest.fixture
def visitor(shop) -> Visitor:
    """The shop's owner at the console."""
    return Visitor(shop, shop.staff_token)
