"""The list of what needs attention: every kind, counts that stop, stores that are not mine."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from core.clock import now
from core.db import db
from core.overview import service
from core.overview.domain import CAPPED, KINDS, Attention
from core.overview.statements import _PARTS, ATTENTION

ORDERS = """
    INSERT INTO orders (number, reference, request_digest, channel, store_id, state, fulfilment, list_fen, goods_fen,
                        payable_fen, slot_ends_at, placed_at)
    SELECT :state || :fulfilment || n, :state || :fulfilment || n, '', 'pos', :store, :state, :fulfilment, 100, 100, 100,
           :slot, CAST(:now AS timestamptz) - make_interval(mins => n)
    FROM generate_series(1, :count) n
"""
PAYMENT = """
    INSERT INTO payment (order_id, out_trade_no, amount_fen, price_version, profile_version, appid, openid, state,
                         expires_at, next_check_at, created_at)
    SELECT min(id), 'stuck-1', 100, 1, 1, 'wx', 'o', 'prepared', now() - interval '1 hour', now(), now() FROM orders
"""
REFUND = """
    INSERT INTO refund (order_id, request_key, out_refund_no, amount_fen, kind, reason, state, next_try_at, actor,
                        created_at)
    SELECT min(id), 'k', 'r-1', 100, 'customer', '', 'abnormal', now(), 'system', now() FROM orders
"""
EVENT = """
    WITH happened AS (INSERT INTO event (name, version, aggregate, payload, occurred_at)
                      VALUES ('order.paid', 1, 'a', '{}', now()) RETURNING id)
    INSERT INTO event_delivery (event_id, consumer, aggregate, state, attempts, due_at)
    SELECT id, :consumer, 'a', :state, 5, now() FROM happened
"""
FAILURE = """
    INSERT INTO plugin_failure (plugin, place, since, last_at, count, error, trace)
    VALUES ('points', 'hook:quote', now(), now(), 3, 'x', 'x')
"""
IMPORT = """
    INSERT INTO import_run (kind, filename, digest, state, started_at, progress_at)
    VALUES ('products', 'a.csv', :state, :state, now(), now())
"""
BILL = """
    WITH day AS (INSERT INTO bill_day (day, mchid, mode, state, next_try_at, give_up_at)
                 VALUES (current_date - 1, '1600', 'direct', 'differs', now(), now()),
                        (current_date - 2, '1600', 'direct', 'failed', now(), now()) RETURNING id, state)
    INSERT INTO bill_difference (bill_day_id, subject, kind, number, wechat_no, there_fen)
    SELECT id, 'payment', 'missing_here', 'x', 'y', 100 FROM day WHERE state = 'differs'
"""
PROFILE = """
    INSERT INTO payment_profile (mode, appid, mchid, verify_mode, certs_until, notify_token, created_at)
    VALUES ('direct', 'wx', '1600', 'cert', now() + interval '29 days', 'token', now())
"""
STOCK = """
    UPDATE stock SET on_hand = 2, safety = :safety, low_at = 3
    WHERE sku_id = (SELECT id FROM sku WHERE code = :code)
"""


def run(statement: str, **values) -> None:
    db.session.execute(text(statement), values)
    db.session.commit()


def place(shop, state: str, fulfilment: str = "pickup", count: int = 1, slot=None, store: int | None = None) -> None:
    values = {"store": store or shop.store_id, "state": state, "fulfilment": fulfilment, "count": count}
    run(ORDERS, **values, slot=slot, now=now())


def everything(shop) -> None:
    """One of each kind."""
    place(shop, "paid")
    place(shop, "ready", "delivery")
    place(shop, "ready", slot=now())
    for statement in (PAYMENT, REFUND, FAILURE, BILL, PROFILE):
        run(statement)
    run(STOCK, code="MILK", safety=0)
    run(STOCK, code="RICE", safety=2)
    run(EVENT, consumer="points", state="stuck")
    run(EVENT, consumer="core.shipping_info", state="pending")
    run(EVENT, consumer="core.ready_message", state="stuck")
    run(IMPORT, state="partial")


def kinds(stores=None) -> dict[str, int]:
    db.session.rollback()
    return {found.kind: found.count for found in service.attention(stores)}


def test_quiet_shop_needs_nothing(shop):
    with shop.bound():
        assert service.attention() == []


def test_every_kind_is_found_in_the_order_of_urgency(shop):
    with shop.bound():
        everything(shop)
        found = kinds()
        assert list(found) == list(KINDS)
        assert found == dict.fromkeys(KINDS, 1) | {"notices_failing": 2}


def test_what_others_see_is_not_in_my_store(shop):
    with shop.bound():
        everything(shop)
        assert kinds([shop.store_id + 1]) == {}
        mine = ("payments_stuck", "refunds_failing", "overdue_pickups", "out_of_stock", "to_pick", "to_ship", "low_stock")
        assert kinds([shop.store_id]) == dict.fromkeys(mine, 1)


def test_other_tenants_trouble_is_not_ours(shop, other_shop):
    with shop.bound():
        everything(shop)
    with other_shop.bound():
        assert service.attention() == []


def test_counting_stops_and_says_so(shop):
    with shop.bound():
        place(shop, "paid", count=CAPPED + 200)
        (found,) = service.attention()
        assert (found.count, found.shown, found.words) == (CAPPED, "999+", "999+ 个订单等待备货")
        assert (now() - found.oldest).total_seconds() >= (CAPPED + 199) * 60


def test_what_was_dealt_with_is_gone(shop):
    with shop.bound():
        everything(shop)
        for statement in (
            "UPDATE orders SET state = 'completed'",
            "UPDATE payment SET state = 'closed'",
            "UPDATE refund SET settled_at = now()",
            "UPDATE event_delivery SET state = 'skipped'",
            "DELETE FROM plugin_failure",
            "UPDATE bill_difference SET resolved_at = now()",
            "UPDATE bill_day SET state = 'ok'",
            "UPDATE payment_profile SET certs_until = now() + interval '1 year'",
            "UPDATE stock SET on_hand = 100",
        ):
            run(statement)
        run(IMPORT, state="done")
        assert kinds() == {}


def test_goods_off_the_shelf_are_not_missed(shop):
    with shop.bound():
        run(STOCK, code="RICE", safety=2)
        run("UPDATE product SET on_shelf = false")
        assert kinds() == {}


def test_one_statement_and_every_large_table_by_an_index(shop, owner):
    with shop.bound():
        everything(shop)
        service.attention()
        statements: list[str] = []
        listener = lambda *args: statements.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        service.attention()
        event.remove(db.engine, "before_cursor_execute", listener)
        assert len(statements) == 1
    assert scanned(shop, owner) == set()


def scanned(shop, owner) -> set[str]:
    """Large tables that no index leads into."""
    moment = now()
    values = {"scope": None, "now": moment, "low_at": 5, "stuck_before": moment, "notices": ["a"], "tries": 3,
              "yesterday": moment, "days_ago": moment, "soon": moment, "zone": "Asia/Shanghai"}  # fmt: skip
    with owner.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path = t_{shop.ref.key}; SET LOCAL enable_seqscan = off")
        plan = connection.execute(text(f"EXPLAIN {ATTENTION.text}"), values).scalars().all()
    large = ("orders", "payment ", "refund", "event_delivery", "event ", "stock", "sku", "bill_difference")
    return {table for line in plan if "Seq Scan on" in line for table in large if f"on {table}" in f"{line} "}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_part_and_says_what_it_is(kind):
    found = Attention(kind, 3, None)
    assert kind in _PARTS
    assert found.severity in ("urgent", "warning", "info")
    assert "3" in found.words or kind == "keys_ending"


def test_clerk_sees_what_a_clerk_may_open(shop):
    with shop.bound():
        everything(shop)
        run("UPDATE staff SET role = 'clerk'")
    answer = shop.get("/console/api/v1/overview/attention", token=shop.staff_token)
    assert [item["kind"] for item in answer.json["items"]] == [
        "payments_stuck", "overdue_pickups", "out_of_stock", "to_pick", "to_ship", "low_stock"
    ]  # fmt: skip
    assert answer.json["items"][3]["query"] == {"tab": "to_prepare"}
    elsewhere = f"/console/api/v1/overview/attention?store_id={shop.store_id}"
    assert shop.get(elsewhere, token=shop.staff_token).status_code == 200
    assert shop.get("/console/api/v1/overview/attention").status_code == 401
