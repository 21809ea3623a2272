"""Visits and what they tell: where a buyer came from first (首次来源), and where before each order (末次来源)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import RowMapping, text

from core.analytics import dirty
from core.analytics.errors import TooManyVisits
from core.analytics.periods import shop_day
from core.clock import SHOP_ZONE, now
from core.db import db
from core.services import services
from core.stores.service import find_store
from tenants.context import current

log = structlog.get_logger()

VISITS_PER_MINUTE = 600
"""From one address: a whole mobile network may stand behind it."""
_WINDOW = timedelta(minutes=1)

_RECORD = text(
    """
    INSERT INTO visit (day, visitor, scene, store_id, at) VALUES (:day, :visitor, :scene, :store, :at)
    ON CONFLICT (day, visitor, scene) DO NOTHING
    """
)
_LINK = text(
    f"""
    WITH linked AS (
        UPDATE visit SET buyer_id = :buyer WHERE visitor = :visitor AND buyer_id IS NULL RETURNING scene, at
    ), touched AS (
        INSERT INTO buyer_touch (buyer_id, scene, at) SELECT :buyer, scene, at FROM linked ORDER BY at, scene LIMIT 1
        ON CONFLICT (buyer_id) DO UPDATE SET scene = excluded.scene, at = excluded.at WHERE excluded.at < buyer_touch.at
    )
    INSERT INTO rollup_dirty (day, phase, due_at)
    SELECT DISTINCT CAST(paid_at AT TIME ZONE '{SHOP_ZONE.key}' AS date), 'marked', CAST(:due AS timestamptz)
    FROM orders
    WHERE buyer_id = :buyer AND paid_at IS NOT NULL AND placed_at >= (SELECT min(at) FROM linked)
    ON CONFLICT (day, phase) DO NOTHING
    """
)


def record(visitor: str, scene: str, store_id: int | None, buyer_id: int | None) -> None:
    """A visitor came by a scene, once per shop day; known as `buyer_id` this visitor's earlier visits are his too.

    Raises StoreNotFound. The caller commits.
    """
    if store_id is not None:
        find_store(store_id)
    moment = now()
    day = shop_day(moment)
    values = {"day": day, "visitor": visitor, "scene": scene, "store": store_id, "at": moment}
    if db.session.execute(_RECORD, values).rowcount:
        dirty.mark_days([day], dirty.LATER)
    if buyer_id is not None:
        link(visitor, buyer_id)


def link(visitor: str, buyer_id: int) -> None:
    """Whatever this visitor did unknown was done by this buyer; a visit that has a buyer keeps it. The caller commits."""
    db.session.execute(_LINK, {"visitor": visitor, "buyer": buyer_id, "due": now() + dirty.SOON})


def check_pace(address: str) -> None:
    """Raise TooManyVisits for more visits from one address than people make; without Redis nobody is refused."""
    digest = hashlib.sha256(address.encode()).hexdigest()[:16]
    window = int(now().timestamp() // _WINDOW.total_seconds())
    key = f"{{t:{current().key}}}:core:visits:{digest}:{window}"
    try:
        with services().redis.pipeline(transaction=False) as pipe:
            count, _ = pipe.incr(key).expire(key, _WINDOW).execute()
    except (RedisError, OSError) as error:
        log.warning("visit_pace_unknown", error=str(error))
        return
    if count > VISITS_PER_MINUTE:
        raise TooManyVisits


_MOVE = text(
    """
    WITH visits AS (UPDATE visit SET buyer_id = :kept WHERE buyer_id = :gone),
    gone AS (DELETE FROM buyer_touch WHERE buyer_id = :gone RETURNING scene, at)
    INSERT INTO buyer_touch (buyer_id, scene, at) SELECT :kept, scene, at FROM gone
    ON CONFLICT (buyer_id) DO UPDATE SET scene = excluded.scene, at = excluded.at WHERE excluded.at < buyer_touch.at
    """
)
_FORGET = text(
    """
    WITH touch AS (DELETE FROM buyer_touch WHERE buyer_id = :buyer)
    UPDATE visit SET buyer_id = NULL, visitor = 'erased.' || md5(:salt || visitor) WHERE buyer_id = :buyer
    """
)
_EXPORT = text(
    "SELECT day::text AS day, scene, store_id::text AS store_id, at FROM visit WHERE buyer_id = :buyer ORDER BY at"
)


def take_over(gone: int, kept: int) -> None:
    """Two buyers turn out to be one: visits and figures follow, before the orders move. The caller commits."""
    db.session.execute(_MOVE, {"gone": gone, "kept": kept})
    dirty.mark_buyers(gone, kept)


def forget(buyer_id: int) -> None:
    """The buyer is erased: visits stay as figures that lead to nobody, nor to that phone. The caller commits."""
    dirty.mark_buyers(buyer_id)
    db.session.execute(_FORGET, {"buyer": buyer_id, "salt": secrets.token_hex(16)})


_FIRST = text("SELECT scene, at FROM buyer_touch WHERE buyer_id = :buyer")


def first_touch(buyer_id: int) -> RowMapping | None:
    """By which `scene` the buyer came first, and when (首次来源); None when nobody knows."""
    return db.session.execute(_FIRST, {"buyer": buyer_id}).mappings().first()


def of_buyer(buyer_id: int) -> list[dict[str, object]]:
    """The visits that the shop knows to be this buyer's, oldest first."""
    return [dict(row) for row in db.session.execute(_EXPORT, {"buyer": buyer_id}).mappings()]
