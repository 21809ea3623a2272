"""A retailer's month against its own books: the made-up one with every oddity, and a real one where its data lies.

JISHI_REPLAY_DATA names the folder of a replay (`orders.jsonl.gz`, `expected.json`, …).
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.analytics.finance import figures
from core.analytics.periods import Period
from core.clock import now
from core.db import db
from core.replay.batches import batched
from core.replay.plan import needs, sale
from core.replay.reader import open_dataset
from core.replay.report import compare_rollups
from tests.core.analytics.selling import keep_up, rebuilt, ring_up, rollups
from tests.core.console_http.acting import another_store
from tests.interplay import slices

REAL = os.environ.get("JISHI_REPLAY_DATA")
FOLDERS = [None, *filter(None, [REAL])]

_GOODS = text(
    """
    WITH named AS (
        INSERT INTO product (title, min_price_fen, created_at, updated_at)
        SELECT code, 1, :now, :now FROM unnest(CAST(:codes AS text[])) AS given(code) RETURNING id, title
    )
    INSERT INTO sku (product_id, code, unit, list_price_fen, weighed) SELECT id, title, '件', 1, false FROM named
    """
)
_MEMBERS = text(
    "INSERT INTO buyer (member_no, created_at) SELECT n, :now FROM unnest(CAST(:numbers AS text[])) AS given(n)"
)


@pytest.fixture(params=FOLDERS, ids=lambda folder: Path(folder).name if folder else "made-up")
def week(request, tmp_path):
    """The first full week: its orders and what must come out."""
    if request.param is None:
        slices.write(tmp_path)
    return open_dataset(Path(request.param or tmp_path), "week")


def enter(shop, data):
    wanted = needs(data.orders())
    for code in sorted(wanted.stores - {"XT01"}):
        another_store(shop, code)
    with shop.bound():
        db.session.execute(_GOODS, {"codes": sorted(wanted.skus), "now": now()})
        db.session.execute(_MEMBERS, {"numbers": sorted(wanted.members), "now": now()})
        db.session.commit()
    for orders in batched(data.orders(), 500):
        ring_up(shop, *map(sale, orders))


def test_rollups_of_a_week_equal_the_retailers_books(shop, week):
    enter(shop, week)
    keep_up(shop)
    kept = rollups(shop)
    with shop.bound():
        found = figures(Period(week.first_day, week.end - timedelta(days=1)), None)
    rows = compare_rollups(week.expected, found)
    assert [row for row in rows if not row.good] == []
    assert {row.name for row in rows} >= {"analytics.orders_by_store.XT03", "analytics.members_ge2_orders"}
    sold = Counter("past" if order.online else "pos" for order in week.orders())
    assert found["orders_by_channel"] == dict(sold)
    assert rebuilt(shop) == kept
