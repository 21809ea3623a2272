from __future__ import annotations

import pytest

from tests.core.operator.conftest import context, new_operator, operator  # noqa: F401 - fixtures
from tests.core.operator_pages.platform import Platform


@pytest.fixture
def platform(app, operator) -> Platform:  # noqa: F811
    """An operator at the platform's pages."""
    return Platform(app, operator.token)
