"""What every buyer bought altogether: kept by events, filled by the migration, gone with the person."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import text

from core import migrations
from core.buyers import privacy
from core.db import db
from tests.core.analytics.selling import keep_up, rebuilt, refund, ring_up, rollups, sale
from tests.core.console_http.acting import another_store, order

STEP = Path(migrations.__file__).parent / "rendered" / "c0007__c0008.json"


def lifetimes(shop):
    """(store, orders, spent) by store; the member is the shop's own shopper."""
    with shop.bound():
        rows = db.session.execute(
            text("SELECT store_id, orders, spent_fen FROM rollup_lifetime WHERE buyer_id = :b ORDER BY store_id"),
            {"b": shop.buyer_id},
        ).all()
    return [tuple(row) for row in rows]


def run(shop, statement, **values):
    with shop.bound():
        db.session.execute(text(statement), values)
        db.session.commit()


def sell(shop):
    """¥25.60 and ¥12.80 in one store, ¥33.00 of the past in another; one that is not paid."""
    run(shop, "UPDATE buyer SET member_no = 'M1' WHERE id = :b", b=shop.buyer_id)
    another_store(shop)
    first, second = order(shop, ("MILK", "2")), order(shop, ("MILK", "1"))
    order(shop, ("RICE", "1"), paid=False)
    ring_up(shop, sale("T-1", [("RICE", 1, 3300)], member_no="M1", store_code="XT02"))
    keep_up(shop)
    return first, second


def test_totals_follow_sales_refunds_and_cancellations(shop):
    first, second = sell(shop)
    here, there = shop.store_id, 2
    assert lifetimes(shop) == [(0, 3, 7140), (here, 2, 3840), (there, 1, 3300)]
    refund(shop, first, (1, "1"))
    refund(shop, second)
    keep_up(shop)
    assert lifetimes(shop) == [(0, 2, 4580), (here, 1, 1280), (there, 1, 3300)]
    refund(shop, first)
    keep_up(shop)
    assert lifetimes(shop) == [(0, 1, 3300), (there, 1, 3300)]


def test_totals_of_who_is_erased_are_gone(shop):
    sell(shop)
    run(shop, "UPDATE orders SET state = 'closed' WHERE state = 'pending'")
    run(shop, "UPDATE orders SET state = 'completed' WHERE state = 'paid'")
    with shop.bound():
        privacy.erase(shop.buyer_id)
        db.session.commit()
    keep_up(shop)
    assert lifetimes(shop) == []


def test_migration_fills_in_what_events_would_have_kept(shop):
    refund(shop, sell(shop)[0], (1, "1"))
    keep_up(shop)
    kept = rollups(shop)["rollup_lifetime"]
    (fill,) = (one for one in json.loads(STEP.read_text())["statements"] if one.startswith("INSERT INTO rollup_lifetime"))
    run(shop, "DELETE FROM rollup_lifetime")
    run(shop, fill)
    assert rollups(shop)["rollup_lifetime"] == kept == rebuilt(shop)["rollup_lifetime"]
