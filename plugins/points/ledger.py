"""The books: every function is one thing that happens to a buyer's points, in a constant number of statements.

`lock` comes first, always: it locks the account's row, so whatever is read afterwards stays true until commit.
A transaction is written once per (kind, reference, direction); doing it again does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

ISSUED, HELD, REDEEMED, EXPIRED = "issued", "held", "redeemed", "expired"
ADJUSTED, FORFEITED = "adjusted", "forfeited"


@dataclass(frozen=True, slots=True)
class Account:
    """A locked account; the percents are those of the buyer's level."""

    buyer_id: int
    balance: int
    debt: int
    earned_on: date | None
    earned_today: int
    first_order_id: int | None
    earn_percent: int


@dataclass(frozen=True, slots=True)
class Booking:
    """What happens, to whom, why. `account` is the other side of the buyer's."""

    kind: str
    reference: str
    buyer_id: int
    points: int
    at: datetime
    account: str = ISSUED
    note: str = ""
    staff_id: int | None = None


_ACCOUNT = """
    RETURNING m.buyer_id, m.balance, m.debt, m.earned_on, m.earned_today, m.first_order_id,
        coalesce((SELECT l.earn_percent FROM points_level l WHERE l.id = m.level_id), 100)
"""
_FIND = text(f"UPDATE points_member m SET touched_at = :now WHERE m.buyer_id = :buyer {_ACCOUNT}")
_LOCK = text(
    f"""
    INSERT INTO points_member AS m (buyer_id, level_id, touched_at)
    VALUES (:buyer, (SELECT id FROM points_level WHERE growth = 0), :now)
    ON CONFLICT (buyer_id) DO UPDATE SET touched_at = :now {_ACCOUNT}
    """
)


def find(session: Any, buyer_id: int, now: datetime) -> Account | None:
    """Lock the buyer's account until commit; None when there is none."""
    row = session.execute(_FIND, {"buyer": buyer_id, "now": now}).first()
    return None if row is None else Account(*row)


def lock(session: Any, buyer_id: int, now: datetime) -> Account:
    """Open the buyer's account if there is none and lock it until commit."""
    return Account(*session.execute(_LOCK, {"buyer": buyer_id, "now": now}).one())


_BOOKED = """
    booked AS (
        INSERT INTO points_transaction (kind, reference, direction, buyer_id, points, note, staff_id, at)
        VALUES (:kind, :reference, :direction, :buyer, CAST(:points AS bigint), :note, :staff, :now)
        ON CONFLICT (kind, reference, direction) DO NOTHING RETURNING id, points
    ), entries AS (
        INSERT INTO points_entry (transaction_id, account, points)
        SELECT id, 'buyer', points FROM booked UNION ALL SELECT id, CAST(:account AS text), -points FROM booked
    )"""

_OWED = "owed AS (SELECT least(debt, :points) AS points FROM points_member WHERE buyer_id = :buyer)"

_CREDIT = text(
    f"""
    WITH {_BOOKED}, {_OWED}, account AS (
        UPDATE points_member SET balance = balance + booked.points, debt = debt - owed.points FROM booked, owed
        WHERE buyer_id = :buyer
    )
    INSERT INTO points_lot (buyer_id, transaction_id, amount, left_points, available_at, expires_at)
    SELECT :buyer, id, booked.points, booked.points - owed.points, CAST(:available_at AS timestamptz),
           CAST(:expires_at AS timestamptz)
    FROM booked, owed RETURNING id
    """
)


def credit(session: Any, booking: Booking, available_at: datetime, expires_at: datetime | None) -> int | None:
    """Give points: a debt is paid first, the rest is a lot of its own. Returns the lot, None when it was booked before."""
    values = _values(booking, "in", booking.points) | {"available_at": available_at, "expires_at": expires_at}
    return session.execute(_CREDIT, values).scalar()


_DEBIT = text(
    f"""
    WITH {_BOOKED}, open AS (
        SELECT id, left_points, sum(left_points) OVER lots - left_points AS before
        FROM points_lot WHERE buyer_id = :buyer AND left_points > 0 AND (expires_at IS NULL OR expires_at > :now)
        WINDOW lots AS (ORDER BY (id IS NOT DISTINCT FROM CAST(:lot AS bigint)) DESC, expires_at NULLS LAST, id)
    ), taken AS (
        UPDATE points_lot l SET left_points = l.left_points - least(o.left_points, :wanted - o.before)
        FROM open o, booked WHERE l.id = o.id AND o.before < :wanted
        RETURNING least(o.left_points, :wanted - o.before) AS points
    )
    UPDATE points_member SET balance = balance + booked.points,
        debt = debt + CAST(:wanted AS bigint) - (SELECT coalesce(sum(points), 0) FROM taken)
    FROM booked WHERE buyer_id = :buyer RETURNING buyer_id
    """
)


def debit(session: Any, booking: Booking, lot_id: int | None = None) -> bool:
    """Take points that may be missing: from `lot_id` first, then from what expires first; the shortage is a debt (PT-6).

    False when it was booked before.
    """
    values = _values(booking, "out", -booking.points) | {"lot": lot_id, "wanted": booking.points}
    return session.execute(_DEBIT, values).scalar() is not None


_READY = text(
    "UPDATE points_member SET touched_at = :now WHERE buyer_id = :buyer AND debt = 0 AND balance >= :points"
    " RETURNING buyer_id"
)
_HOLD = text(
    f"""
    WITH {_BOOKED}, open AS (
        SELECT id, left_points, sum(left_points) OVER lots - left_points AS before
        FROM points_lot WHERE buyer_id = :buyer AND left_points > 0 AND available_at <= :now
          AND (expires_at IS NULL OR expires_at > :now)
        WINDOW lots AS (ORDER BY expires_at NULLS LAST, id)
    ), taken AS (
        UPDATE points_lot l SET left_points = l.left_points - least(o.left_points, :wanted - o.before)
        FROM open o, booked WHERE l.id = o.id AND o.before < :wanted
        RETURNING l.id, least(o.left_points, :wanted - o.before) AS points
    ), uses AS (
        INSERT INTO points_use (order_id, lot_id, points) SELECT :order, id, points FROM taken
    ), account AS (
        UPDATE points_member SET balance = balance + booked.points FROM booked WHERE buyer_id = :buyer
    )
    SELECT coalesce(sum(points), 0) FROM taken
    """
)


def hold(session: Any, booking: Booking, order_id: int) -> bool:
    """Lock points for an order (PT-3), those that expire first; False when the buyer has not as many usable ones.

    Two orders that want the last points meet at the account's row: the second sees what the first left.
    """
    values = _values(booking, "out", -booking.points) | {"order": order_id, "wanted": booking.points}
    ready = session.execute(_READY, {"buyer": booking.buyer_id, "points": booking.points, "now": booking.at}).first()
    return ready is not None and session.execute(_HOLD, values).scalar_one() == booking.points


_SPEND = text(
    """
    WITH booked AS (
        INSERT INTO points_transaction (kind, reference, direction, buyer_id, points, note, at)
        VALUES (:kind, :reference, 'done', :buyer, 0, :note, :now)
        ON CONFLICT (kind, reference, direction) DO NOTHING RETURNING id
    )
    INSERT INTO points_entry (transaction_id, account, points)
    SELECT id, 'held', -CAST(:points AS bigint) FROM booked UNION ALL SELECT id, 'redeemed', :points FROM booked
    """
)


def spend(session: Any, booking: Booking) -> None:
    """The order was paid: what it held is used up."""
    session.execute(_SPEND, _values(booking, "done", booking.points))


_RETURN = text(
    f"""
    WITH {_BOOKED}, {_OWED}, open AS (
        SELECT u.lot_id, u.points - u.returned AS points,
               sum(u.points - u.returned) OVER uses - (u.points - u.returned) AS before
        FROM points_use u JOIN points_lot l ON l.id = u.lot_id WHERE u.order_id = :order AND u.returned < u.points
        WINDOW uses AS (ORDER BY l.expires_at DESC NULLS FIRST, l.id DESC)
    ), shares AS (
        SELECT lot_id, least(points, :points - before) AS points,
               least(greatest((SELECT points FROM owed) - before, 0), points) AS repaid
        FROM open WHERE before < :points
    ), back AS (
        UPDATE points_use u SET returned = u.returned + s.points FROM shares s, booked
        WHERE u.order_id = :order AND u.lot_id = s.lot_id
        RETURNING u.lot_id, booked.id AS transaction_id, s.points - s.repaid AS points
    ), refilled AS (
        UPDATE points_lot l SET left_points = l.left_points + back.points FROM back
        WHERE l.id = back.lot_id AND (l.expires_at IS NULL OR l.expires_at > :now)
    ), grace AS (
        INSERT INTO points_lot (buyer_id, transaction_id, origin_id, amount, left_points, available_at, expires_at)
        SELECT :buyer, back.transaction_id, back.lot_id, back.points, back.points, :now, :grace_until
        FROM back JOIN points_lot l ON l.id = back.lot_id WHERE l.expires_at <= :now AND back.points > 0
    )
    UPDATE points_member SET balance = balance + booked.points, debt = debt - owed.points FROM booked, owed
    WHERE buyer_id = :buyer RETURNING buyer_id
    """
)


def give_back(session: Any, booking: Booking, order_id: int, grace_until: datetime) -> bool:
    """Return points of an order to the lots they came from, the last taken first; a debt is paid first (PT-7).

    What came from a lot that has expired lives until `grace_until`. False when it was booked before.
    """
    values = _values(booking, "in", booking.points) | {"order": order_id, "grace_until": grace_until}
    return session.execute(_RETURN, values).scalar() is not None


def _values(booking: Booking, direction: str, points: int) -> dict[str, Any]:
    return {
        "kind": booking.kind,
        "reference": booking.reference,
        "direction": direction,
        "buyer": booking.buyer_id,
        "points": points,
        "account": booking.account,
        "note": booking.note,
        "staff": booking.staff_id,
        "now": booking.at,
    }


_SETTLE = text(
    """
    WITH open AS (
        SELECT l.id, l.left_points, sum(l.left_points) OVER lots - l.left_points AS before, m.debt
        FROM points_lot l JOIN points_member m ON m.buyer_id = l.buyer_id
        WHERE l.buyer_id = :buyer AND l.left_points > 0 AND (l.expires_at IS NULL OR l.expires_at > :now)
        WINDOW lots AS (ORDER BY l.expires_at NULLS LAST, l.id)
    ), taken AS (
        UPDATE points_lot l SET left_points = l.left_points - least(o.left_points, o.debt - o.before)
        FROM open o WHERE l.id = o.id AND o.before < o.debt RETURNING least(o.left_points, o.debt - o.before) AS points
    )
    UPDATE points_member SET debt = debt - (SELECT coalesce(sum(points), 0) FROM taken) WHERE buyer_id = :buyer
    """
)


def settle(session: Any, buyer_id: int, now: datetime) -> None:
    """Pay the debt from the lots that a merged account brought; the balance stays what it is. The account is locked."""
    session.execute(_SETTLE, {"buyer": buyer_id, "now": now})
