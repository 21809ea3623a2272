"""The pages of figures in a browser: charts are drawn, periods change, a reason is noted in the dialog."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from core.analytics import service, visits
from core.clock import now, shop_time
from core.db import db
from tests.browser.town import DIFFERENCE, FAILING_REFUND, STUCK_PAYMENT
from tests.core.analytics.selling import refund, ring_up, sale
from tests.core.console_http.acting import order
from tests.core.shops import make_buyer


@pytest.fixture
def business(shop):
    """Thirty days of sales, visits, a difference, a stuck payment and a refund that fails; yesterday's date."""
    today = now().replace(minute=0)
    with shop.bound():
        for name in "ABC":
            make_buyer(shop, member=True, name=name)
        db.session.commit()
    refund(shop, order(shop, ("MILK", "3")), (1, "1"))
    ring_up(shop, *(
        sale(f"S{back:02d}{n}", [("MILK", "2", 2560), ("RICE", "1", 3300 + 100 * n, 100)],
             (today - timedelta(days=back, hours=1 if back == 0 else 3 * n)).isoformat(), member_no=f"M{'ABC'[n % 3]}")
        for back in range(30) for n in range(1 + back % 4)
    ))  # fmt: skip
    yesterday = shop_time(now()).date() - timedelta(days=1)
    with shop.bound():
        for n, scene in enumerate(("1047", "1047", "1011", "1007", "1035")):
            visits.record(f"visitor-{n:012d}", scene, shop.store_id, shop.buyer_id if n == 0 else None)
        db.session.execute(text(DIFFERENCE), {"day": yesterday})
        db.session.execute(text(STUCK_PAYMENT))
        db.session.execute(text(FAILING_REFUND))
        db.session.execute(text("UPDATE stock SET on_hand = :n WHERE sku_id = :sku"),
                           {"n": Decimal(2), "sku": shop.skus["PORK"]})  # fmt: skip
        db.session.commit()
        for _ in service.rebuild():
            pass
    return yesterday


def test_chart_is_drawn_and_the_period_changes(desk, business):
    desk.go("/console/analytics")
    desk.page.wait_for_selector(".chart-canvas canvas")
    desk.page.click(".segments a:has-text('近 30 天')")
    desk.page.wait_for_url("**period=30d**")
    assert desk.page.locator("tbody tr").count() == 60 + 30
    desk.page.click("summary:has-text('自选日期')")
    desk.page.fill("#from", business.isoformat())
    desk.page.fill("#to", business.isoformat())
    desk.page.click(".day-form button")
    desk.page.wait_for_url("**period=custom**")
    assert desk.page.inner_text(".page-head .sub") == f"全部门店 · {business}"
    assert desk.findings() == []


def test_reason_of_a_difference_is_noted_in_the_dialog(desk, business):
    desk.go(f"/console/bills/{business}")
    desk.page.click("a[data-dialog]")
    desk.page.fill("#dialog textarea", "隔壁店收的")
    desk.page.click("#dialog button:has-text('登记为已处理')")
    desk.page.wait_for_selector("[data-toast]")
    assert "隔壁店收的" in desk.text()
