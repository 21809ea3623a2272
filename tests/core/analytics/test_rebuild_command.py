"""`jishi analytics rebuild`."""

from __future__ import annotations

from click.testing import CliRunner

from core.analytics.finance import figures
from core.cli import analytics
from tests.core.analytics.selling import JANUARY, ring_up, sale


def test_rebuild_rolls_up_a_shop_that_is_older_than_its_rollups(shop, monkeypatch):
    monkeypatch.setattr(analytics, "create_app", lambda: shop.app)
    ring_up(shop, sale("A-1", [("MILK", 1, 1280)]), sale("A-2", [("MILK", 1, 1280)], "2017-02-05T08:00:00+08:00"))
    result = CliRunner().invoke(analytics.analytics, ["rebuild", shop.ref.slug])
    assert (result.exit_code, result.output) == (0, "31/35 天\n35/35 天\n已汇总 35 天\n")
    with shop.bound():
        assert figures(JANUARY, None)["orders"] == 1


def test_rebuild_of_a_shop_without_sales_has_nothing_to_do(shop, monkeypatch):
    monkeypatch.setattr(analytics, "create_app", lambda: shop.app)
    result = CliRunner().invoke(analytics.analytics, ["rebuild", shop.ref.slug])
    assert (result.exit_code, result.output) == (0, "已汇总 0 天\n")
