"""One bill against our books: by number, in a fixed number of statements, however long the bill is.

Compared are payments by out_trade_no and refunds by out_refund_no; what the day's bill has and we book under another day
is no difference. Rows of other shops and other apps of the same merchant account are counted and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import RowMapping, text

from core.clock import SHOP_ZONE, now
from core.db import db
from core.wechat.bill import BillFile, BillRow
from core.wechat.errors import Retryable
from core.wechat.types import PayProfile
from tenants.context import current

PREFIX = 10
"""Our numbers begin with so many characters of the tenant's key."""
_OF_A_SHOP = re.compile(rf"[a-z2-7]{{{PREFIX}}}[0-9]{{16}}([0-9a-f]{{4}}|r[0-9]+)")

_APPIDS = text("SELECT appid FROM wechat_app")
_LOCK = text("SELECT id FROM bill_day WHERE id = :id AND state = 'waiting' FOR UPDATE")
_COPY = "COPY bill_line (bill_day_id, line, subject, number, wechat_no, amount_fen, at) FROM STDIN"
_FORGET = text("DELETE FROM bill_line WHERE bill_day_id = :id")

_HERE = """
    SELECT 'payment' AS subject, y.out_trade_no AS number, coalesce(y.transaction_id, '') AS wechat_no, y.amount_fen
    FROM payment y JOIN payment_profile p ON p.version = y.profile_version
    WHERE y.state = 'paid' AND y.paid_at >= :starts AND y.paid_at < :ends
      AND p.mode = :mode AND CASE p.mode WHEN 'partner' THEN p.sub_mchid ELSE p.mchid END = :mchid
    UNION ALL
    SELECT 'refund', r.out_refund_no, coalesce(r.refund_id, ''), r.amount_fen
    FROM refund r JOIN payment y ON y.id = r.payment_id JOIN payment_profile p ON p.version = y.profile_version
    WHERE r.state <> 'closed' AND r.accepted_at >= :starts AND r.accepted_at < :ends
      AND p.mode = :mode AND CASE p.mode WHEN 'partner' THEN p.sub_mchid ELSE p.mchid END = :mchid
"""
_TRADED = text(f"SELECT EXISTS ({_HERE})")
_COMPARE = text(
    f"""
    WITH told AS MATERIALIZED (
        SELECT subject, number, min(wechat_no) AS wechat_no, CAST(sum(amount_fen) AS bigint) AS amount_fen, min(at) AS at
        FROM bill_line WHERE bill_day_id = :id GROUP BY subject, number
    ), here AS MATERIALIZED ({_HERE}), compared AS MATERIALIZED (
        SELECT t.subject, t.number, t.wechat_no, t.amount_fen AS there_fen, coalesce(y.amount_fen, r.amount_fen) AS here_fen
        FROM told t
        LEFT JOIN payment y ON t.subject = 'payment' AND y.out_trade_no = t.number AND y.state = 'paid'
        LEFT JOIN refund r ON t.subject = 'refund' AND r.out_refund_no = t.number AND r.state <> 'closed'
        UNION ALL
        SELECT h.subject, h.number, h.wechat_no, NULL, h.amount_fen FROM here h
        WHERE NOT EXISTS (SELECT 1 FROM told t WHERE t.subject = h.subject AND t.number = h.number)
    ), wrong AS MATERIALIZED (
        SELECT c.*, CASE WHEN here_fen IS NULL THEN 'missing_here' WHEN there_fen IS NULL THEN 'missing_there'
                         ELSE 'amount_differs' END AS kind
        FROM compared c WHERE there_fen IS DISTINCT FROM here_fen
    ), gone AS (
        DELETE FROM bill_difference d WHERE d.bill_day_id = :id AND d.resolved_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM wrong w WHERE w.subject = d.subject AND w.number = d.number)
    ), noted AS (
        INSERT INTO bill_difference AS d (bill_day_id, subject, kind, number, wechat_no, there_fen, here_fen)
        SELECT :id, subject, kind, number, wechat_no, there_fen, here_fen FROM wrong ORDER BY subject, number
        ON CONFLICT (bill_day_id, subject, number) DO UPDATE
           SET kind = excluded.kind, there_fen = excluded.there_fen, here_fen = excluded.here_fen,
               resolved_at = NULL, resolved_by = NULL, note = NULL
         WHERE (d.there_fen, d.here_fen) IS DISTINCT FROM (excluded.there_fen, excluded.here_fen)
    ), asked AS (
        UPDATE payment y SET state = 'closing', next_check_at = :now FROM wrong w
        WHERE w.kind = 'missing_here' AND w.subject = 'payment' AND y.out_trade_no = w.number
          AND y.state IN ('closed', 'failed')
    ), dated AS (
        UPDATE refund r SET accepted_at = t.at FROM told t
        WHERE t.subject = 'refund' AND r.out_refund_no = t.number AND r.accepted_at IS DISTINCT FROM t.at
    )
    UPDATE bill_day SET state = CASE WHEN EXISTS (SELECT 1 FROM wrong) THEN 'differs' ELSE 'ok' END,
        error = NULL, fetched_at = :now, fee_fen = :fee, others = :others, matched = s.matched,
        payments_there = s.payments_there, payments_here = s.payments_here,
        paid_there_fen = s.paid_there_fen, paid_here_fen = s.paid_here_fen,
        refunds_there = s.refunds_there, refunds_here = s.refunds_here,
        refunded_there_fen = s.refunded_there_fen, refunded_here_fen = s.refunded_here_fen
    FROM (
        SELECT count(*) FILTER (WHERE there_fen = here_fen) AS matched,
               count(there_fen) FILTER (WHERE subject = 'payment') AS payments_there,
               count(here_fen) FILTER (WHERE subject = 'payment') AS payments_here,
               coalesce(sum(there_fen) FILTER (WHERE subject = 'payment'), 0) AS paid_there_fen,
               coalesce(sum(here_fen) FILTER (WHERE subject = 'payment'), 0) AS paid_here_fen,
               count(there_fen) FILTER (WHERE subject = 'refund') AS refunds_there,
               count(here_fen) FILTER (WHERE subject = 'refund') AS refunds_here,
               coalesce(sum(there_fen) FILTER (WHERE subject = 'refund'), 0) AS refunded_there_fen,
               coalesce(sum(here_fen) FILTER (WHERE subject = 'refund'), 0) AS refunded_here_fen
        FROM compared
    ) s
    WHERE bill_day.id = :id
    """
)

Line = tuple[int, int, str, str, str, int, datetime]


@dataclass(slots=True)
class Reading:
    """What was seen while the bill went by."""

    profile: PayProfile
    appids: frozenset[str]
    prefix: str
    rows: int = 0
    others: int = 0
    fee_yuan: Decimal = field(default_factory=Decimal)

    def lines(self, bill_day_id: int, file: BillFile) -> Iterator[Line]:
        """Every payment and refund that this shop has to know of, ready to be stored; raises ValueError."""
        for row in file.rows():
            self.rows += 1
            if not self.concerns_us(row):
                self.others += 1
                continue
            self.fee_yuan += row.fee_yuan
            if row.trade_state == "SUCCESS":
                facts = ("payment", row.out_trade_no, row.transaction_id, row.total_fen, row.trade_time)
                yield (bill_day_id, self.rows, *facts)
            elif row.refund_status != "CLOSED":
                facts = ("refund", row.out_refund_no, row.refund_id, row.asked_fen, row.trade_time)
                yield (bill_day_id, self.rows, *facts)

    def concerns_us(self, row: BillRow) -> bool:
        if self.profile.partner and row.sub_mchid != self.profile.sub_mchid:
            return False
        if row.out_trade_no.startswith(self.prefix):
            return True
        return row.appid in self.appids and not _OF_A_SHOP.fullmatch(row.out_trade_no)

    @property
    def fee_fen(self) -> int:
        """Rounded once for the day: a row's charge has more decimals than fen."""
        return int((self.fee_yuan * 100).quantize(Decimal(1), ROUND_HALF_UP))


def book(bill_day: RowMapping, file: BillFile, profile: PayProfile) -> None:
    """Compare `file` with our books and store counts, sums and differences; the caller commits.

    A payment that WeChat was paid and we had given up is asked for again by the payments' own chore. Raises ValueError for
    a bill that can't be read, Retryable for one whose rows are not as many as it says.
    """
    if db.session.execute(_LOCK, {"id": bill_day["id"]}).first() is None:
        return
    appids = {*db.session.execute(_APPIDS).scalars(), profile.appid, profile.payer_appid}
    reading = Reading(profile, frozenset(appids), current().key[:PREFIX])
    _store(reading.lines(bill_day["id"], file))
    summary = file.summary()
    if summary is not None and summary.count != reading.rows:
        raise Retryable(wx_message=f"bill says {summary.count} rows and has {reading.rows}")
    values = {"now": now(), "fee": reading.fee_fen, "others": reading.others}
    db.session.execute(_COMPARE, _account(bill_day) | values)
    db.session.execute(_FORGET, {"id": bill_day["id"]})


def traded(bill_day: RowMapping) -> bool:
    """Whether we book any payment or refund of this account on that day."""
    return db.session.execute(_TRADED, _account(bill_day)).scalar_one()


def _account(bill_day: RowMapping) -> dict[str, object]:
    starts = datetime.combine(bill_day["day"], time(), SHOP_ZONE)
    return {
        "id": bill_day["id"],
        "mode": bill_day["mode"],
        "mchid": bill_day["mchid"],
        "starts": starts,
        "ends": starts + timedelta(days=1),
    }


def _store(lines: Iterator[Line]) -> None:
    """By COPY, which keeps neither rows nor statements in memory."""
    connection = db.session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for line in lines:
            copy.write_row(line)
