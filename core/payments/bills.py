"""Daily bills (对账): every merchant account's trade bill is fetched the next morning and compared with our books.

Rows of `bill_day` say what is to be done; the chore works them off, again and again, until WeChat had a bill or three days
are over. The fetch happens outside any transaction; what was found is written in one (`core.payments.comparing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import structlog
from sqlalchemy import RowMapping, text

from core.clock import SHOP_ZONE, now, shop_time
from core.db import db
from core.errors import AppError
from core.host import due
from core.payments import comparing, profiles
from core.payments.errors import BillNotFound, NotConfigured
from core.wechat import errors as wechat
from core.wechat.gateway import PayGateway

log = structlog.get_logger()

READY_AT = time(10)
"""WeChat has the bill of a day about ten the next morning (wechat.md §4.10)."""
DAYS_BACK = 3
KEPT_DAYS = 90
RETRY_MINUTES = (10, 20, 30, 60)
NO_TRADES_AFTER = timedelta(hours=4)
"""WeChat makes no bill of a day without trades: when we have none either, so long after READY_AT we believe it."""

_ACCOUNT = "CASE p.mode WHEN 'partner' THEN p.sub_mchid ELSE p.mchid END"
_OPEN = text(
    f"""
    INSERT INTO bill_day (day, mchid, mode, next_try_at, give_up_at)
    SELECT d.day, a.mchid, a.mode, d.ready, d.give_up
    FROM unnest(CAST(:days AS date[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
                CAST(:readies AS timestamptz[]), CAST(:give_ups AS timestamptz[])) AS d(day, starts, ends, ready, give_up)
    CROSS JOIN LATERAL (
        SELECT DISTINCT p.mode, {_ACCOUNT} AS mchid FROM payment_profile p
        WHERE p.created_at < d.ends
          AND (NOT EXISTS (SELECT 1 FROM payment_profile l WHERE l.version > p.version AND l.created_at <= d.starts)
               OR EXISTS (SELECT 1 FROM payment y WHERE y.profile_version = p.version AND y.state = 'paid'
                                                    AND y.paid_at >= d.starts AND y.paid_at < d.ends))
    ) a
    ORDER BY d.day, a.mchid
    ON CONFLICT (day, mchid, mode) DO NOTHING
    """
)
_DUE = text(
    "SELECT id FROM bill_day WHERE state = 'waiting' AND next_try_at <= :now ORDER BY next_try_at, id LIMIT 5"
)
_CLAIM = text(
    """
    UPDATE bill_day SET attempts = attempts + 1,
        next_try_at = :now + make_interval(mins => (CAST(:waits AS int[]))[least(attempts + 1, :steps)])
    WHERE id = :id AND state = 'waiting' AND next_try_at <= :now
    RETURNING id, day, mchid, mode, give_up_at
    """
)
_KEYS = text(f"SELECT max(p.version) FROM payment_profile p WHERE p.mode = :mode AND {_ACCOUNT} = :mchid")
_NOTE = text(
    """
    UPDATE bill_day SET error = :error, state = CASE WHEN give_up_at <= :now THEN 'failed' ELSE 'waiting' END
    WHERE id = :id AND state = 'waiting'
    """
)
_EMPTY = text(
    "UPDATE bill_day SET state = 'ok', error = NULL, fetched_at = :now WHERE id = :id AND state = 'waiting'"
)
_AGAIN = text(
    """
    UPDATE bill_day SET state = 'waiting', attempts = 0, next_try_at = :now, error = NULL,
        give_up_at = greatest(give_up_at, :give_up)
    WHERE day = :day
    """
)

NEXT_DUE = f"""
    SELECT least((SELECT min(next_try_at) FROM bill_day WHERE state = 'waiting'),
                 (SELECT (coalesce((SELECT max(day) FROM bill_day),
                                   CAST(min(created_at) AT TIME ZONE '{SHOP_ZONE.key}' AS date) - 1) + 2
                          + time '{READY_AT}') AT TIME ZONE '{SHOP_ZONE.key}' FROM payment_profile))
"""


def starts_at(day: date) -> datetime:
    """The instant at which a shop day begins."""
    return datetime.combine(day, time(), SHOP_ZONE)


def ready_at(day: date) -> datetime:
    """When WeChat should have the bill of `day`."""
    return datetime.combine(day + timedelta(days=1), READY_AT, SHOP_ZONE)


def last_ready_day() -> date:
    """The newest day of which there may be a bill now."""
    return shop_time(now() - timedelta(hours=READY_AT.hour)).date() - timedelta(days=1)


def compare_due() -> int:
    """Chore: open the days that became ready, fetch and compare those that are due; returns how many were worked off."""
    _open(last_ready_day() - timedelta(days=back) for back in range(DAYS_BACK))
    ids = db.session.execute(_DUE, {"now": now()}).scalars().all()
    db.session.commit()
    for bill_day_id in ids:
        compare(bill_day_id)
    return len(ids)


def _open(days: Iterable[date]) -> None:
    wanted = list(days)
    values = {
        "days": wanted,
        "starts": [starts_at(day) for day in wanted],
        "ends": [starts_at(day + timedelta(days=1)) for day in wanted],
        "readies": [ready_at(day) for day in wanted],
        "give_ups": [ready_at(day) + timedelta(days=DAYS_BACK) for day in wanted],
    }
    db.session.execute(_OPEN, values)


def compare(bill_day_id: int) -> None:
    """Fetch and compare one day that is due; what hinders it is noted on the row and tried again later. Commits."""
    values = {"id": bill_day_id, "now": now(), "waits": list(RETRY_MINUTES), "steps": len(RETRY_MINUTES)}
    bill_day = db.session.execute(_CLAIM, values).mappings().first()
    db.session.commit()
    if bill_day is None:
        return
    try:
        gateway = _gateway(bill_day)
        with gateway.trade_bill_file(bill_day["day"]) as file:
            comparing.book(bill_day, file, gateway.profile)
        db.session.commit()
    except wechat.NotFound:
        _no_bill(bill_day)
    except (wechat.WechatError, NotConfigured) as error:
        _note(bill_day, _told(error))
    except ValueError as error:
        _note(bill_day, f"账单内容无法识别：{error}")


def _gateway(bill_day: RowMapping) -> PayGateway:
    """With the newest keys of this account; the transaction that read them is over."""
    try:
        version = db.session.execute(_KEYS, {"mode": bill_day["mode"], "mchid": bill_day["mchid"]}).scalar()
        return profiles.gateway_of(version)
    finally:
        db.session.rollback()


def _no_bill(bill_day: RowMapping) -> None:
    """A day without trades has no bill at WeChat; otherwise it will come."""
    patience_over = now() >= ready_at(bill_day["day"]) + NO_TRADES_AFTER
    if patience_over and not comparing.traded(bill_day):
        db.session.execute(_EMPTY, {"id": bill_day["id"], "now": now()})
        db.session.commit()
        return
    _note(bill_day, "微信尚未生成这一天的账单")


def _note(bill_day: RowMapping, error: str) -> None:
    db.session.rollback()
    log.warning("bill_not_compared", day=str(bill_day["day"]), mchid=bill_day["mchid"], error=error)
    db.session.execute(_NOTE, {"id": bill_day["id"], "error": error[:500], "now": now()})
    db.session.commit()


def _told(error: AppError) -> str:
    said = getattr(error, "wx_message", "")
    return f"{error.message}（{said}）" if said else error.message


def fetch_again(day: date) -> None:
    """Fetch and compare this shop day anew, as soon as the clock comes by; raises BillNotFound. The caller commits.

    A day of the last 90 that was never compared is opened. What was resolved stays so while its amounts are the same.
    """
    if not last_ready_day() - timedelta(days=KEPT_DAYS) < day <= last_ready_day():
        raise BillNotFound
    _open([day])
    values = {"day": day, "now": now(), "give_up": now() + timedelta(days=1)}
    if db.session.execute(_AGAIN, values).rowcount == 0:
        raise BillNotFound
    due.due_now()
