"""The demo's past is true: every rule that holds for an order of a shopper or a till holds for every one of it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import text

from core.clock import now, shop_time
from core.db import db
from core.demo.past import reading, service
from core.demo.past.orders import fingerprint
from core.fulfilment import calling_off
from core.orders.domain import MOVES
from core.orders.reading import lock_order
from core.orders.service import Actor
from core.payments import refunds
from tests.core.demo.conftest import DAYS


def rows(statement, **values):
    return db.session.execute(text(statement), values).all()


NOTHING_BREAKS = {
    "lines add up to the order": """
        SELECT o.id FROM orders o JOIN order_line l ON l.order_id = o.id GROUP BY o.id
        HAVING o.list_fen <> sum(l.list_fen) OR o.goods_fen <> sum(l.payable_fen)
            OR o.payable_fen <> o.goods_fen + o.shipping_fen OR min(l.payable_fen) < 0
            OR o.refunded_fen NOT BETWEEN sum(l.refunded_fen) AND o.payable_fen
            OR count(*) <> max(l.position) OR min(l.position) <> 1
    """,
    "orders have lines": "SELECT id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM order_line WHERE order_id = o.id)",
    "unit prices make line amounts": """
        SELECT l.id FROM order_line l JOIN orders o ON o.id = l.order_id
        WHERE (o.channel = 'online') <> (l.list_price_fen IS NOT NULL) OR round(l.list_price_fen * l.quantity) <> l.list_fen
    """,
    "the ledger leads to what is paid": """
        SELECT o.id FROM orders o JOIN order_price_step s ON s.order_id = o.id AND s.price_version = o.price_version
        GROUP BY o.id HAVING sum(s.amount_fen) <> o.payable_fen
            OR coalesce(sum(s.amount_fen) FILTER (WHERE s.lane = 'shipping'), 0) <> o.shipping_fen
            OR sum(s.amount_fen) FILTER (WHERE s.lane = 'list') <> o.list_fen
    """,
    "every order has a ledger": """
        SELECT id FROM orders o WHERE NOT EXISTS (
            SELECT 1 FROM order_price_step s WHERE s.order_id = o.id AND s.price_version = o.price_version)
    """,
    "allocations add up to their step": """
        SELECT id FROM order_price_step WHERE lane <> 'shipping'
            AND amount_fen <> (SELECT sum(a) FROM unnest(allocation) AS a)
    """,
    "allocations add up to the lines": """
        SELECT l.id FROM order_line l JOIN orders o ON o.id = l.order_id
        JOIN order_price_step s ON s.order_id = o.id AND s.price_version = o.price_version AND s.lane <> 'shipping'
        GROUP BY l.id HAVING sum(s.allocation[l.position]) <> l.payable_fen
    """,
    "who paid online has one payment of the payable amount": """
        SELECT o.id FROM orders o LEFT JOIN payment p ON p.order_id = o.id AND p.state = 'paid'
        WHERE o.channel = 'online' GROUP BY o.id
        HAVING count(p.id) <> CASE WHEN o.paid_at IS NULL THEN 0 ELSE 1 END
            OR coalesce(sum(p.amount_fen), o.payable_fen) <> o.payable_fen OR min(p.price_version) <> o.price_version
    """,
    "tills are not paid by WeChat": """
        SELECT p.id FROM payment p JOIN orders o ON o.id = p.order_id WHERE o.channel <> 'online'
    """,
    "refunds are what the order says": """
        SELECT o.id FROM orders o LEFT JOIN refund r ON r.order_id = o.id GROUP BY o.id
        HAVING coalesce(sum(r.amount_fen), 0) <> o.refunded_fen OR o.refunded_fen > o.payable_fen
    """,
    "refund lines are what lines and refunds say": """
        SELECT r.id FROM refund r LEFT JOIN refund_line x ON x.refund_id = r.id
        GROUP BY r.id HAVING coalesce(sum(x.amount_fen), 0) + r.shipping_fen <> r.amount_fen
        UNION ALL SELECT l.id FROM order_line l LEFT JOIN refund_line x ON x.line_id = l.id
        GROUP BY l.id HAVING coalesce(sum(x.amount_fen), 0) <> l.refunded_fen
            OR coalesce(sum(x.quantity), 0) <> l.refunded_quantity OR l.refunded_quantity > l.quantity
    """,
    "what is cancelled is paid back": """
        SELECT id FROM orders WHERE state = 'cancelled' AND refunded_fen <> payable_fen
    """,
    "moves of the goods lead to what is there": """
        SELECT s.sku_id FROM stock s LEFT JOIN stock_move m USING (store_id, sku_id)
        GROUP BY s.store_id, s.sku_id HAVING s.on_hand <> coalesce(sum(m.quantity), 0) OR s.on_hand < s.reserved
    """,
    "open promises are what is reserved": """
        SELECT s.sku_id FROM stock s LEFT JOIN reservation r
            ON r.store_id = s.store_id AND r.sku_id = s.sku_id AND r.state IN ('held', 'firm')
        GROUP BY s.store_id, s.sku_id HAVING s.reserved <> coalesce(sum(r.quantity), 0)
    """,
    "promises follow the order": """
        SELECT o.id FROM orders o JOIN reservation r ON r.order_id = o.id
        WHERE r.state <> CASE WHEN o.state = 'pending' THEN 'held' WHEN o.state IN ('paid', 'preparing', 'ready') THEN 'firm'
            WHEN o.state IN ('cancelled', 'closed') THEN 'released' ELSE 'consumed' END
    """,
    "online lines are promised": """
        SELECT o.id FROM orders o JOIN order_line l ON l.order_id = o.id
        LEFT JOIN reservation r ON r.order_id = o.id AND r.sku_id = l.sku_id AND r.quantity = l.quantity
        WHERE (o.channel = 'online') <> (r.id IS NOT NULL)
    """,
    "moments follow each other": """
        SELECT id FROM orders WHERE paid_at < placed_at OR completed_at < paid_at OR placed_at > :now
            OR greatest(paid_at, completed_at) > :now
            OR (state = 'completed') <> (completed_at IS NOT NULL)
            OR (state IN ('pending', 'closed')) <> (paid_at IS NULL)
    """,
    "pickup codes are with those who wait": """
        SELECT id FROM orders WHERE (pickup_code IS NOT NULL)
            <> (fulfilment = 'pickup' AND state IN ('paid', 'preparing', 'ready'))
    """,
    "who ordered had joined, who shops online is known to WeChat": """
        SELECT o.id FROM orders o JOIN buyer b ON b.id = o.buyer_id LEFT JOIN buyer_identity i ON i.buyer_id = b.id
        LEFT JOIN consent c ON c.buyer_id = b.id
        WHERE b.created_at > o.placed_at OR (o.channel = 'online' AND (i.openid IS NULL OR c.id IS NULL))
    """,
    "the last move is the state": """
        SELECT o.id FROM orders o WHERE o.state <> (
            SELECT to_state FROM order_move WHERE order_id = o.id ORDER BY id DESC LIMIT 1)
    """,
    "goods leave with a hand-over": """
        SELECT o.id FROM orders o LEFT JOIN handover h ON h.order_id = o.id
        WHERE o.channel = 'online' AND (h.id IS NOT NULL)
            <> (o.state IN ('picked_up', 'shipped', 'delivered', 'completed'))
    """,
    "phones are nobody's": """
        SELECT id FROM buyer WHERE phone !~ '^1990000[0-9]{4}$'
        UNION ALL SELECT id FROM orders WHERE contact_phone !~ '^1990000[0-9]{4}$'
    """,
    "completed orders were told": """
        SELECT o.id FROM orders o LEFT JOIN event e ON e.aggregate = 'order:' || o.id AND e.name = 'order.completed'
        GROUP BY o.id, o.state HAVING count(e.id) <> CASE WHEN o.state = 'completed' THEN 1 ELSE 0 END
    """,
}


@pytest.mark.parametrize("rule", NOTHING_BREAKS)
def test_past_is_true(inside, rule):
    values = {"now": now()} if ":now" in NOTHING_BREAKS[rule] else {}
    assert rows(NOTHING_BREAKS[rule], **values) == []


def test_past_moves_are_legal(inside):
    moves = rows("SELECT order_id, from_state, to_state, at FROM order_move ORDER BY order_id, id")
    before = {}
    for order_id, source, target, at in moves:
        known, since = before.get(order_id, (None, at))
        assert (source, since <= at) == (known, True)
        assert source is None or source == target == "pending" or target in MOVES[source]
        before[order_id] = (target, at)


@pytest.mark.parametrize("column", ["number", "reference", "pickup_code"])
def test_past_codes_are_unique(inside, column):
    found = rows(f"SELECT store_id, {column} FROM orders WHERE {column} IS NOT NULL")
    assert len(set(found)) == len(found)


def test_past_shows_every_kind_of_order(inside):
    found = Counter(dict(rows("SELECT state, count(*) FROM orders GROUP BY state")))
    assert found.keys() == {
        "pending", "paid", "preparing", "ready", "shipped", "delivered", "completed", "cancelled", "closed",
    }  # fmt: skip
    assert found["completed"] > sum(found.values()) / 2
    counts = "SELECT channel, fulfilment FROM orders GROUP BY 1, 2 ORDER BY 1, 2"
    assert rows(counts) == [("online", "delivery"), ("online", "pickup"), ("pos", "counter")]
    rules = {rule for (rule,) in rows("SELECT DISTINCT rule FROM order_price_step")}
    assert rules >= {"list_price", "member_price", "pos.member", "pos.coupon", "delivery_fee"}


def test_past_reaches_from_its_first_day_to_today(inside):
    per_day = dict(rows("SELECT (placed_at AT TIME ZONE 'Asia/Shanghai')::date, count(*) FROM orders GROUP BY 1"))
    today = shop_time(now()).date()
    full = [count for day, count in per_day.items() if day != today]
    assert (len(full), today in per_day) == (DAYS, True)
    assert [count for count in full if not 35 <= count <= 130] == []


def test_past_leaves_some_shelves_low_and_some_empty(inside):
    low, out, all_ = rows(
        "SELECT count(*) FILTER (WHERE left_ > 0 AND left_ <= 5), count(*) FILTER (WHERE left_ <= 0), count(*)"
        " FROM (SELECT on_hand - reserved AS left_ FROM stock) s"
    )[0]
    assert (15 <= low <= 40, 6 <= out <= 14, all_) == (True, True, 1335)


def test_past_orders_follow_visits(inside):
    without = """
        SELECT o.id FROM orders o WHERE o.channel = 'online' AND NOT EXISTS (
            SELECT 1 FROM visit v WHERE v.buyer_id = o.buyer_id AND v.at < o.placed_at)
    """
    assert rows(without) == []
    visits, orders = rows("SELECT (SELECT count(*) FROM visit), (SELECT count(*) FROM orders WHERE channel = 'online')")[0]
    assert 2 < visits / orders < 5
    late = """
        SELECT t.buyer_id FROM buyer_touch t JOIN visit v ON v.buyer_id = t.buyer_id
        GROUP BY t.buyer_id, t.at HAVING t.at <> min(v.at)
    """
    assert rows(late) == []


def told(end):
    story = service.story_from_here(DAYS, end)
    story.shelves.left = dict.fromkeys(story.shelves.left, Decimal(60))
    return [fingerprint(day) for day in story.tell()]


def test_past_is_the_same_for_the_same_end(inside):
    end = now()
    first = told(end)
    assert (told(end), len(set(first))) == (first, DAYS + 1)


def test_past_is_written_once(inside):
    before = rows("SELECT count(*), max(id) FROM orders")
    assert reading.is_written()
    service.write(lambda: pytest.fail("there is nothing to write"), DAYS)
    assert rows("SELECT count(*), max(id) FROM orders") == before


def test_past_payments_can_be_given_back(inside):
    """WeChat knows them: a paid order that staff cancel now is refunded."""
    (number,) = rows("SELECT number FROM orders WHERE state = 'paid' ORDER BY id LIMIT 1")[0]
    calling_off.call_off(lock_order(number), calling_off.STAFF_MAY, Actor("staff", 1), "顾客不想要了")
    db.session.commit()
    (refund_id,) = rows("SELECT r.id FROM refund r JOIN orders o ON o.id = r.order_id WHERE o.number = :n", n=number)[0]
    refunds.push(refund_id)
    state, error = rows("SELECT state, last_error FROM refund WHERE id = :id", id=refund_id)[0]
    assert (state in {"processing", "success"}, error) == (True, None)
