"""The demo shop's three stores, their hours and delivery zones."""

from __future__ import annotations

import csv
from typing import Any

from sqlalchemy import text

from core.db import db
from core.demo.files import open_text

INNER_METRES = 1500
MIN_AMOUNT_FEN = 2000
FAR_FEE_FEN = 300
"""Beyond the inner ring delivery costs this much more."""

_ADD = text(
    """
    INSERT INTO store (code, name, district_code, address, phone, longitude, latitude, opens_at, closes_at, pickup,
                       delivery, prepare_minutes, slot_minutes, active)
    VALUES (:code, :name, :district, :address, :phone, :longitude, :latitude, :opens_at, :closes_at, :pickup,
            true, 30, 60, true)
    ON CONFLICT (code) DO NOTHING RETURNING id
    """
)
_ADD_ZONE = text(
    """
    INSERT INTO delivery_zone (store_id, max_distance_m, min_amount_fen, fee_fen, free_from_fen)
    VALUES (:store, :metres, :least, :fee, :free_from)
    """
)


def open_stores() -> None:
    """Add the stores that are missing, each with two rings of delivery; existing ones stay as they are. Commits."""
    with open_text("xingtai_stores.csv") as file:
        for row in csv.DictReader(file):
            _open(row)
    db.session.commit()


def _open(row: dict[str, str]) -> None:
    store_id = db.session.execute(_ADD, _columns(row)).scalar()
    if store_id is None:
        return
    fee = int(row["delivery_fee_fen"])
    for metres, amount in ((INNER_METRES, fee), (int(row["delivery_radius_m"]), fee + FAR_FEE_FEN)):
        zone = {"store": store_id, "metres": metres, "least": MIN_AMOUNT_FEN, "fee": amount}
        db.session.execute(_ADD_ZONE, {**zone, "free_from": int(row["free_delivery_fen"])})


def _columns(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["store_code"],
        "name": row["name"],
        "district": row["adcode"],
        "address": row["street"] + row["address"],
        "phone": row["phone"],
        "longitude": row["lng_gcj02_approx"],
        "latitude": row["lat_gcj02_approx"],
        "opens_at": row["open_time"],
        "closes_at": row["close_time"],
        "pickup": row["pickup"] == "true",
    }
