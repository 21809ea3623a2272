from __future__ import annotations

import pytest

from tests.browser.desk import Desk


@pytest.mark.parametrize("width", ["phone", "desk"], indirect=True)
def test_page_of_components_is_well_made(desk: Desk, tmp_path):
    desk.go("/console/components")
    assert desk.page.locator("h1").inner_text() == "组件"
    assert desk.findings() == []
