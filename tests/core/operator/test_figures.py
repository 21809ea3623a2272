"""Roll-ups of every tenant: the days, the deliveries, and who is counted when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.clock import now, shop_time, travel
from core.db import db
from core.host import chores
from core.operator import directory, figures
from core.services import services
from tests.core.operator.conftest import platform_rows
from tests.core.shops import Shop

DAY = 86400
ORDER = """
    INSERT INTO orders (number, reference, request_digest, channel, store_id, state, fulfilment, list_fen, goods_fen,
                        payable_fen, placed_at, paid_at)
    VALUES (:name, :name, '', 'pos', :store, 'completed', 'counter', :fen, :fen, :fen, :at, :at)
"""
EVENT = "INSERT INTO event (name, version, payload, aggregate, occurred_at) VALUES ('x', 1, '{}', 'x', :at) RETURNING id"


def sell(shop: Shop, name: str, fen: int, days_ago: int = 0) -> None:
    moment = shop_time(now()).replace(hour=0, minute=0, second=1, microsecond=0) - timedelta(days=days_ago)
    with shop.bound():
        db.session.execute(text(ORDER), {"name": name, "store": shop.store_id, "fen": fen, "at": moment})
        db.session.commit()


def refresh(shop: Shop, **kwargs: Any) -> None:
    with shop.bound():
        figures.refresh(**kwargs)
        db.session.remove()


def days(shop: Shop) -> list[tuple[int, int, int]]:
    """(days ago, orders, fen), the latest first."""
    today = shop_time(now()).date()
    found = platform_rows(
        "SELECT day, orders, paid_fen FROM platform.tenant_daily WHERE tenant_id = :id ORDER BY day DESC", id=shop.ref.id
    )
    return [((today - day).days, orders, fen) for day, orders, fen in found]


@pytest.fixture
def quiet(context):
    """Nobody else is noted."""
    services().redis.delete(figures.NOTED)


def test_days_are_counted_by_the_shops_calendar(context, shop):
    sell(shop, "A", 1280)
    sell(shop, "B", 720)
    sell(shop, "C", 500, days_ago=1)
    sell(shop, "D", 900, days_ago=2)
    refresh(shop)
    assert days(shop) == [(0, 2, 2000), (1, 1, 500)]


def test_counting_again_replaces(context, shop):
    sell(shop, "A", 1280)
    refresh(shop)
    sell(shop, "B", 720)
    refresh(shop)
    refresh(shop)
    assert days(shop) == [(0, 2, 2000)]


def test_first_count_goes_back_a_month(context, shop):
    sell(shop, "A", 100, days_ago=29)
    sell(shop, "B", 200, days_ago=45)
    refresh(shop, days=figures.FIRST_DAYS)
    row = directory.detail(shop.ref.id).row
    today = shop_time(now()).date()
    assert (row["orders_30"], row["paid_30_fen"], row["last_order_day"]) == (1, 100, today - timedelta(days=29))


def test_turnover_is_the_tenants_own(context, shop, other_shop):
    sell(shop, "A", 1280)
    sell(other_shop, "A", 1)
    refresh(shop)
    refresh(other_shop)
    assert [directory.detail(each.ref.id).row["paid_30_fen"] for each in (shop, other_shop)] == [1280, 1]


def test_health_counts_deliveries_and_what_the_plan_counts(context, shop):
    due = now() - timedelta(minutes=5)
    with shop.bound():
        for state in ("pending", "pending", "stuck", "parked", "done", "skipped"):
            event_id = db.session.execute(text(EVENT), {"at": due}).scalar_one()
            db.session.execute(
                text("INSERT INTO event_delivery (event_id, consumer, aggregate, state, due_at)"
                     " VALUES (:id, 'gone', 'x', :state, :due)"),
                {"id": event_id, "state": state, "due": due},
            )
        db.session.commit()
    sell(shop, "A", 100)
    refresh(shop)
    row = directory.detail(shop.ref.id).row
    shown = ("pending", "stuck", "parked", "oldest_due", "stores", "staff", "orders_month")
    assert [row[name] for name in shown] == [2, 1, 1, due, 1, 1, 1]


def test_tick_notes_the_tenant_and_the_duty_counts_it(quiet, shop, other_shop):
    sell(shop, "A", 1280)
    with shop.bound():
        chores.tick()
        assert services().redis.smembers(figures.NOTED) == {shop.ref.key.encode()}
    platform_rows(
        "INSERT INTO platform.tenant_health (tenant_id, at) SELECT id, now() FROM platform.tenant ON CONFLICT DO NOTHING"
    )
    figures.collect()
    assert (days(shop), days(other_shop)) == ([(0, 1, 1280)], [])
    assert services().redis.scard(figures.NOTED) == 0


def test_tenant_that_nobody_noted_is_counted_within_a_day(quiet, shop):
    sell(shop, "A", 1280)
    platform_rows(
        "INSERT INTO platform.tenant_health (tenant_id, at) SELECT id, now() FROM platform.tenant ON CONFLICT DO NOTHING"
    )
    figures.collect()
    assert days(shop) == []
    with travel(DAY + 1):
        while shop.ref.id in {row[0] for row in stale()}:
            figures.collect()
    assert [(orders, fen) for _, orders, fen in days(shop)] == [(1, 1280)]


def stale() -> list[tuple[int]]:
    return platform_rows(
        "SELECT tenant_id FROM platform.tenant_health WHERE at < :before", before=now() - figures.STALE
    )


def test_unknown_key_does_not_stop_the_next(quiet, other_shop):
    sell(other_shop, "A", 700)
    services().redis.sadd(figures.NOTED, "nosuchtenant", other_shop.ref.key)
    figures.collect()
    assert days(other_shop) == [(0, 1, 700)]
