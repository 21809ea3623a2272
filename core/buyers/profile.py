"""A buyer's name, addresses and message grants. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, text

from core import districts
from core.buyers.domain import MAX_ADDRESSES
from core.buyers.errors import AddressNotFound, TooManyAddresses
from core.clock import now
from core.db import db
from core.pricing.service import Destination
from core.settings.service import shop_settings

_PROFILE = text("SELECT id, member_no, name, phone, joined_at, created_at FROM buyer WHERE id = :buyer")
_RENAME = text("UPDATE buyer SET name = :name WHERE id = :buyer")
_LOCK = text("SELECT 1 FROM buyer WHERE id = :buyer FOR UPDATE")

_COLUMNS = "id, contact, phone, district_code, detail, longitude, latitude, is_default"
_LIST = text(f"SELECT {_COLUMNS} FROM address WHERE buyer_id = :buyer ORDER BY is_default DESC, id DESC")
_ONE = text(f"SELECT {_COLUMNS} FROM address WHERE buyer_id = :buyer AND id = :id")
_ADD = text(
    """
    INSERT INTO address (buyer_id, contact, phone, district_code, detail, longitude, latitude, is_default, created_at)
    SELECT :buyer, :contact, :phone, :district_code, :detail, :longitude, :latitude, n.taken = 0, :now
    FROM (SELECT count(*) AS taken FROM address WHERE buyer_id = :buyer) n WHERE n.taken < :most
    RETURNING id
    """
)
_CHANGE = text(
    """
    UPDATE address SET contact = :contact, phone = :phone, district_code = :district_code, detail = :detail,
        longitude = :longitude, latitude = :latitude
    WHERE buyer_id = :buyer AND id = :id RETURNING id
    """
)
_DEFAULT = text("UPDATE address SET is_default = (id = :id) WHERE buyer_id = :buyer AND is_default <> (id = :id)")
_REMOVE = text("DELETE FROM address WHERE buyer_id = :buyer AND id = :id")

_GRANT = text(
    """
    INSERT INTO message_grant AS g (buyer_id, template, remaining)
    SELECT :buyer, template, count(*) FROM unnest(CAST(:templates AS text[])) AS t(template) GROUP BY template
    ON CONFLICT (buyer_id, template) DO UPDATE SET remaining = least(g.remaining + excluded.remaining, :most)
    """
)
_GRANTS = text("SELECT template, remaining FROM message_grant WHERE buyer_id = :buyer ORDER BY template")
_MOST_GRANTS = 1000


def profile(buyer_id: int) -> RowMapping:
    return db.session.execute(_PROFILE, {"buyer": buyer_id}).mappings().one()


def rename(buyer_id: int, name: str | None) -> RowMapping:
    db.session.execute(_RENAME, {"buyer": buyer_id, "name": name})
    return profile(buyer_id)


def addresses(buyer_id: int) -> list[dict[str, Any]]:
    """The default one first, then the newest; `district` in words."""
    return [_in_words(row) for row in db.session.execute(_LIST, {"buyer": buyer_id}).mappings()]


def address(buyer_id: int, address_id: int) -> dict[str, Any]:
    """Raises AddressNotFound, for foreign ones too."""
    row = db.session.execute(_ONE, {"buyer": buyer_id, "id": address_id}).mappings().first()
    if row is None:
        raise AddressNotFound(field="address_id")
    return _in_words(row)


def _in_words(row: RowMapping) -> dict[str, Any]:
    return {**row, "district": "".join(node.name for node in districts.path(row["district_code"]))}


def add_address(buyer_id: int, data: dict[str, Any]) -> dict[str, Any]:
    """A new address; the first is the default. Raises DistrictError, TooManyAddresses."""
    districts.check_address(data["district_code"])
    db.session.execute(_LOCK, {"buyer": buyer_id})
    values = {**data, "buyer": buyer_id, "now": now(), "most": MAX_ADDRESSES}
    address_id = db.session.execute(_ADD, values).scalar()
    if address_id is None:
        raise TooManyAddresses(f"最多保存 {MAX_ADDRESSES} 个收货地址，请先删除不用的")
    return _settle_default(buyer_id, address_id, data)


def change_address(buyer_id: int, address_id: int, data: dict[str, Any]) -> dict[str, Any]:
    """Replace an address; raises DistrictError, AddressNotFound. Orders keep the snapshot they were placed with."""
    districts.check_address(data["district_code"])
    if db.session.execute(_CHANGE, {**data, "buyer": buyer_id, "id": address_id}).first() is None:
        raise AddressNotFound
    return _settle_default(buyer_id, address_id, data)


def _settle_default(buyer_id: int, address_id: int, data: dict[str, Any]) -> dict[str, Any]:
    if data["is_default"]:
        db.session.execute(_DEFAULT, {"buyer": buyer_id, "id": address_id})
    return address(buyer_id, address_id)


def remove_address(buyer_id: int, address_id: int) -> None:
    """Raises AddressNotFound."""
    if db.session.execute(_REMOVE, {"buyer": buyer_id, "id": address_id}).rowcount == 0:
        raise AddressNotFound


def destination(buyer_id: int, address_id: int) -> Destination:
    """The address as an order keeps it; raises AddressNotFound."""
    row = address(buyer_id, address_id)
    place: dict[str, Decimal] = {name: row[name] for name in ("longitude", "latitude")}
    return Destination(
        contact=row["contact"],
        phone=row["phone"],
        district_code=row["district_code"],
        detail=f"{row['district']}{row['detail']}",
        **place,
    )


def count_grants(buyer_id: int, results: Sequence[tuple[str, str]]) -> None:
    """Count accepted subscribe messages per template, as the client reports them (wechat.md §5.5).

    Templates the shop does not use are ignored: a client can't fill our tables.
    """
    used = {value for name, value in shop_settings().items() if name.startswith("message_") and value}
    accepted = [template for template, result in results if result == "accept" and template in used]
    if accepted:
        db.session.execute(_GRANT, {"buyer": buyer_id, "templates": accepted, "most": _MOST_GRANTS})


def grants(buyer_id: int) -> Sequence[RowMapping]:
    return db.session.execute(_GRANTS, {"buyer": buyer_id}).mappings().all()
