"""Opening, changing and removing stores, each with its line in the audit log. The caller commits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, text

from core import districts
from core.db import db
from core.editing.stale import stale
from core.limits import service as limits
from core.staff import audit
from core.stores.errors import StoreNotFound
from core.stores.faults import CodeTaken, StoreInUse, StoreStaffed
from core.stores.places import store_body
from core.stores.service import all_stores

_FIELDS = (
    "name", "district_code", "address", "phone", "longitude", "latitude", "opens_at", "closes_at", "pickup",
    "delivery", "prepare_minutes", "slot_minutes", "slot_capacity", "active",
)  # fmt: skip
_CREATE = text(
    f"""
    INSERT INTO store (code, {", ".join(_FIELDS)}) VALUES (:code, {", ".join(f":{name}" for name in _FIELDS)})
    ON CONFLICT (code) DO NOTHING RETURNING id
    """
)
_CHANGE = text(
    f"UPDATE store SET {', '.join(f'{name} = :{name}' for name in _FIELDS)}, version = version + 1"
    " WHERE id = :id AND (CAST(:seen AS int) IS NULL OR version = :seen) RETURNING id"
)
_SCOPES = text("LOCK TABLE staff_store IN SHARE ROW EXCLUSIVE MODE")
_LIMITED = text(
    """
    SELECT m.name FROM staff m JOIN staff_store x ON x.staff_id = m.id AND x.store_id = :id
    WHERE NOT EXISTS (SELECT 1 FROM staff_store y WHERE y.staff_id = m.id AND y.store_id <> :id)
    ORDER BY m.name LIMIT 6
    """
)
_REMOVE = text(
    """
    DELETE FROM store s WHERE s.id = :id
      AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.store_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM stock_move m WHERE m.store_id = s.id)
    RETURNING s.id
    """
)
_ZONES = text(
    """
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:metres AS int[]), CAST(:minima AS bigint[]), CAST(:fees AS bigint[]),
                             CAST(:free AS bigint[]))
            AS z(max_distance_m, min_amount_fen, fee_fen, free_from_fen)
    ), gone AS (
        DELETE FROM delivery_zone WHERE store_id = :store
          AND NOT max_distance_m IN (SELECT max_distance_m FROM wanted)
    )
    INSERT INTO delivery_zone (store_id, max_distance_m, min_amount_fen, fee_fen, free_from_fen)
    SELECT :store, max_distance_m, min_amount_fen, fee_fen, free_from_fen FROM wanted
    ON CONFLICT (store_id, max_distance_m) DO UPDATE SET min_amount_fen = excluded.min_amount_fen,
        fee_fen = excluded.fee_fen, free_from_fen = excluded.free_from_fen
    """
)


def find(store_id: int) -> RowMapping:
    """A store with all its columns; raises StoreNotFound."""
    row = next((row for row in all_stores() if row["id"] == store_id), None)
    if row is None:
        raise StoreNotFound
    return row


def create(data: dict[str, Any]) -> RowMapping:
    """A new store from StoreSchema; raises DistrictError, CodeTaken, PlanLimit."""
    _check_district(data["district_code"])
    limits.check_store()
    store_id = db.session.execute(_CREATE, data).scalar()
    if store_id is None:
        raise CodeTaken(f"门店编码 {data['code']} 已被使用", field="code")
    _set_zones(store_id, data["zones"])
    audit.record("stores.create", f"store:{store_id}", code=data["code"])
    return find(store_id)


def change(store_id: int, data: dict[str, Any], seen_version: int | None = None) -> RowMapping:
    """Replace everything but the code; raises DistrictError, StoreNotFound, StaleEdit,
    and PlanLimit when a closed one opens.
    """
    _check_district(data["district_code"])
    if data["active"]:
        limits.check_store(waking=store_id)
    if db.session.execute(_CHANGE, {**data, "id": store_id, "seen": seen_version}).first() is None:
        raise stale(f"store:{store_id}", store_body(find(store_id)))
    _set_zones(store_id, data["zones"])
    audit.record("stores.change", f"store:{store_id}", active=data["active"])
    return find(store_id)


def remove(store_id: int) -> None:
    """Remove a store that never had an order or goods; raises StoreNotFound, StoreInUse (switch it off instead), and
    StoreStaffed while somebody is limited to it alone. Until the caller commits nobody's stores change.
    """
    db.session.execute(_SCOPES)
    limited = db.session.execute(_LIMITED, {"id": store_id}).scalars().all()
    if limited:
        names = "、".join(limited[:5]) + (" 等" if len(limited) > 5 else "")
        raise StoreStaffed(f"还有员工只负责这家门店（{names}），请先把他们调到其他门店，再删除")
    if db.session.execute(_REMOVE, {"id": store_id}).first() is None:
        find(store_id)
        raise StoreInUse
    audit.record("stores.remove", f"store:{store_id}")


def _check_district(code: str) -> None:
    if districts.find(code) is None:
        raise districts.DistrictError(f"没有代码为“{code}”的行政区划，请重新选择地区", field="district_code")


def _set_zones(store_id: int, zones: list[dict[str, Any]]) -> None:
    values = {
        "store": store_id,
        "metres": [zone["max_distance_m"] for zone in zones],
        "minima": [zone["min_amount_fen"] for zone in zones],
        "fees": [zone["fee_fen"] for zone in zones],
        "free": [zone["free_from_fen"] for zone in zones],
    }
    db.session.execute(_ZONES, values)
