"""A buyer's points for the buyer to read, to leave behind, or to take along to another account (PIPL)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text

from . import ledger

_EXPORT = text(
    """
    SELECT jsonb_build_object(
        'account', (SELECT jsonb_build_object('balance', m.balance, 'debt', m.debt, 'growth', m.growth,
                        'level', l.name)
                    FROM points_member m LEFT JOIN points_level l ON l.id = m.level_id WHERE m.buyer_id = :buyer),
        'log', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', at, 'kind', kind, 'points', points, 'note', note)
                    ORDER BY id), '[]') FROM points_transaction WHERE buyer_id = :buyer AND points <> 0),
        'lots', (SELECT coalesce(jsonb_agg(jsonb_build_object('left', left_points, 'available_at', available_at,
                    'expires_at', expires_at) ORDER BY id), '[]')
                 FROM points_lot WHERE buyer_id = :buyer AND left_points > 0),
        'growth', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', at, 'growth', growth) ORDER BY id), '[]')
                   FROM points_growth WHERE buyer_id = :buyer),
        'sign_ins', (SELECT coalesce(jsonb_agg(jsonb_build_object('day', day, 'points', points) ORDER BY day), '[]')
                     FROM points_signin WHERE buyer_id = :buyer),
        'orders', (SELECT coalesce(jsonb_agg(jsonb_build_object('number', number, 'used', used)
                       ORDER BY order_id), '[]') FROM points_order WHERE buyer_id = :buyer))
    """
)


def export(session: Any, buyer_id: int) -> Mapping[str, Any]:
    """Everything the plugin keeps about the buyer; empty where it keeps nothing. One statement."""
    found = session.execute(_EXPORT, {"buyer": buyer_id}).scalar_one()
    return {key: value for key, value in found.items() if value}


_ORDERS_FIRST = text(
    "SELECT order_id FROM points_order WHERE buyer_id = ANY(:buyers) ORDER BY order_id FOR UPDATE"
)
_ERASE = text(
    """
    WITH emptied AS (UPDATE points_lot SET left_points = 0, buyer_id = NULL WHERE buyer_id = :buyer),
    growth AS (DELETE FROM points_growth WHERE buyer_id = :buyer),
    days AS (DELETE FROM points_signin WHERE buyer_id = :buyer),
    orders AS (
        UPDATE points_order SET buyer_id = NULL, number = '',
            award_state = CASE WHEN award_state = 'waiting' THEN 'void' ELSE award_state END
        WHERE buyer_id = :buyer
    ), booked AS (
        UPDATE points_transaction SET buyer_id = NULL, note = '',
            reference = CASE WHEN kind IN ('sign_in', 'task', 'adjust', 'erase') THEN 'erased:' || id
                             ELSE reference END
        WHERE buyer_id = :buyer
    )
    DELETE FROM points_member WHERE buyer_id = :buyer
    """
)
_FORFEIT = text(
    """
    WITH booked AS (
        INSERT INTO points_transaction (kind, reference, direction, buyer_id, points, at)
        VALUES ('erase', :reference, 'out', :buyer, -CAST(:points AS bigint), :now) RETURNING id
    )
    INSERT INTO points_entry (transaction_id, account, points)
    SELECT id, 'buyer', -CAST(:points AS bigint) FROM booked
    UNION ALL SELECT id, 'forfeited', CAST(:points AS bigint) FROM booked
    """
)


def erase(session: Any, buyer_id: int, now: datetime) -> None:
    """注销: what is left is forfeited (a debt forgiven), the books stay and name nobody; the trial balance is still 0."""
    session.execute(_ORDERS_FIRST, {"buyers": [buyer_id]})
    account = ledger.lock(session, buyer_id, now)
    if account.balance:
        values = {"buyer": buyer_id, "points": account.balance, "reference": str(buyer_id), "now": now}
        session.execute(_FORFEIT, values)
    session.execute(_ERASE, {"buyer": buyer_id})


_BOTH = text("SELECT buyer_id, debt FROM points_member WHERE buyer_id = ANY(:buyers) ORDER BY buyer_id FOR UPDATE")
_MOVE = text(
    """
    WITH lots AS (UPDATE points_lot SET buyer_id = :to WHERE buyer_id = :from),
    orders AS (UPDATE points_order SET buyer_id = :to WHERE buyer_id = :from),
    booked AS (UPDATE points_transaction SET buyer_id = :to WHERE buyer_id = :from),
    growth AS (UPDATE points_growth SET buyer_id = :to WHERE buyer_id = :from),
    days AS (
        INSERT INTO points_signin (buyer_id, day, streak, points)
        SELECT :to, day, streak, points FROM points_signin WHERE buyer_id = :from ON CONFLICT DO NOTHING
    ), gone AS (
        DELETE FROM points_signin WHERE buyer_id = :from
    ), old AS (
        DELETE FROM points_member WHERE buyer_id = :from
        RETURNING balance, debt, growth, level_id, level_locked, review_at, first_order_id
    )
    UPDATE points_member m SET balance = m.balance + old.balance, debt = m.debt + old.debt,
        growth = m.growth + old.growth, first_order_id = coalesce(m.first_order_id, old.first_order_id),
        review_at = least(m.review_at, old.review_at), level_locked = m.level_locked OR old.level_locked,
        level_id = (SELECT l.id FROM points_level l WHERE l.id IN (m.level_id, old.level_id)
                    ORDER BY l.growth DESC LIMIT 1)
    FROM old WHERE m.buyer_id = :to
    """
)


def merge(session: Any, from_id: int, to_id: int, now: datetime) -> None:
    """Everything of `from_id` becomes `to_id`'s; a debt of one is paid from the other's points."""
    session.execute(_ORDERS_FIRST, {"buyers": [from_id, to_id]})
    if not any(row.buyer_id == from_id for row in session.execute(_BOTH, {"buyers": [from_id, to_id]})):
        return
    ledger.lock(session, to_id, now)
    session.execute(_MOVE, {"from": from_id, "to": to_id})
    ledger.settle(session, to_id, now)
