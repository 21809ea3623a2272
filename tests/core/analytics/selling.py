"""What happens in these tests: sales at the till and of the past, refunds that reach their end, and roll-ups kept up."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from core.analytics import service
from core.analytics.periods import Period, shop_day
from core.clock import now, travel
from core.db import db
from core.host import chores
from core.orders.service import SYSTEM
from core.payments.refunds import RefundLine, Rest, request_refund
from core.tills.service import take_sales
from tests.core.shops import Shop

JANUARY = Period(date(2017, 1, 1), date(2017, 1, 31))
ROLLUPS = (
    "rollup_day", "rollup_hour", "rollup_sku", "rollup_buyer", "rollup_source", "rollup_rule", "rollup_visit",
    "rollup_lifetime",
)  # fmt: skip


def today() -> Period:
    """Yesterday to tomorrow: tests may run over midnight."""
    return Period(day_of(-86_400), day_of(86_400))


def day_of(seconds: float) -> date:
    with travel(seconds):
        return shop_day(now())


def sale(number: str, lines: Iterable[tuple], at: str = "2017-01-02T08:00:00+08:00", **given: Any) -> dict[str, Any]:
    """(sku, qty, list_fen, member_fen, coupon_fen, shop_coupon_fen) per line, the last three 0 when left out."""
    keys = ("sku", "qty", "list_fen", "member_disc_fen", "coupon_fen", "coupon_store_funded_fen")
    rows = [dict(zip(keys, (*line, 0, 0, 0)[:6], strict=True)) for line in lines]
    for row in rows:
        row["paid_fen"] = row["list_fen"] - row["member_disc_fen"] - row["coupon_fen"]
    return {
        "order_no": number,
        "store_code": "XT01",
        "member_no": None,
        "channel": "pos",
        "placed_at": at,
        "lines": rows,
        "paid_fen": sum(row["paid_fen"] for row in rows),
    } | given


def ring_up(shop: Shop, *sales: dict[str, Any]) -> None:
    with shop.bound():
        results = take_sales(sales, SYSTEM)
        db.session.commit()
    assert [result.status for result in results] == ["created"] * len(sales), results


def refund(shop: Shop, number: str, *lines: tuple[int, str], ends: str = "success", at: str | None = None) -> int:
    """Promise a refund of (position, quantity), everything without; let WeChat end it `at`; its amount in fen."""
    with shop.bound():
        order_id = db.session.execute(text("SELECT id FROM orders WHERE number = :n"), {"n": number}).scalar_one()
        wanted = [RefundLine(position, Decimal(quantity)) for position, quantity in lines] or Rest()
        refund_no = request_refund(order_id, wanted, "test", SYSTEM, secrets.token_hex(4))
        amount = db.session.execute(
            text(
                "UPDATE refund SET state = :state, done_at = CASE WHEN :state = 'success' THEN"
                " coalesce(CAST(:at AS timestamptz), :now) END WHERE out_refund_no = :n RETURNING amount_fen"
            ),
            {"state": ends, "at": at, "now": now(), "n": refund_no},
        ).scalar_one()
        db.session.commit()
    return amount


def keep_up(shop: Shop) -> None:
    """Let the chores of the shop hear of everything and compute every marked day."""
    for minute in range(30):
        with shop.bound(), travel(60 * minute + 10):
            chores.tick("core")
            if not _unfinished():
                return
    raise AssertionError("the roll-ups never come to rest")


def _unfinished() -> bool:
    left = db.session.execute(
        text(
            "SELECT (SELECT count(*) FROM event_delivery WHERE consumer = 'core.analytics' AND state = 'pending')"
            " + (SELECT count(*) FROM rollup_dirty)"
        )
    ).scalar_one()
    db.session.rollback()
    return left > 0


def rollups(shop: Shop) -> dict[str, list[tuple]]:
    """Every row of every roll-up."""
    with shop.bound():
        return {
            table: sorted(map(repr, db.session.execute(text(f"SELECT * FROM {table}")).all())) for table in ROLLUPS
        }


def rebuilt(shop: Shop) -> dict[str, list[tuple]]:
    """The same after everything was computed from scratch."""
    with shop.bound():
        for table in ROLLUPS:
            db.session.execute(text(f"DELETE FROM {table}"))
        db.session.commit()
        for _ in service.rebuild():
            pass
    return rollups(shop)
