"""Do payments announce themselves? In public-key mode only WeChat's notifications are encrypted with the APIv3 key.

Nothing that can be asked for proves that key there: `/v3/certificates` is refused (wechat.md §2.1, §4.14). A notification
that was booked does, because it was decrypted first (§4.8); a payment that we only know from asking makes one wonder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from core.clock import now
from core.db import db

LATEST = 20
PATIENCE = timedelta(minutes=10)
"""So long a notification may be under way."""

_HEARD = text(
    f"""
    WITH profile AS (SELECT created_at FROM payment_profile ORDER BY version DESC LIMIT 1),
    latest AS (
        SELECT p.paid_at, p.transaction_id, profile.created_at FROM payment p CROSS JOIN profile
        WHERE p.state = 'paid' AND p.paid_at >= date_trunc('second', profile.created_at)
        ORDER BY p.paid_at DESC LIMIT {LATEST}
    )
    SELECT max(n.received_at) AS heard_at, count(*) FILTER (WHERE l.paid_at < :late) AS paid
    FROM latest l LEFT JOIN payment_notice n
      ON n.kind = 'transaction' AND n.key = l.transaction_id AND n.state = 'SUCCESS' AND n.received_at >= l.created_at
    """
)


@dataclass(frozen=True, slots=True)
class Heard:
    """Since the keys in force were stored: when the last notification was decrypted (`at`), and whether shoppers paid
    although none was (`silent`)."""

    at: datetime | None
    silent: bool


def notifications() -> Heard:
    """What the latest payments under the keys in force tell. One statement over LATEST payments at most."""
    row = db.session.execute(_HEARD, {"late": now() - PATIENCE}).one()
    return Heard(row.heard_at, row.heard_at is None and row.paid > 0)
