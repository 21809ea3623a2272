"""What the shop has to know before it can sell (stores, products, members, receipts), and what it reports afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from core.replay.clients import Staff, Till
from core.replay.plan import Receipt

Faults = list[tuple[str, str]]

_PLACE = {
    "district_code": "130503",
    "address": "中兴西大街1号",
    "phone": "0319-0000000",
    "longitude": "114.487000",
    "latitude": "37.069000",
    "opens_at": "07:00",
    "closes_at": "22:00",
    "zones": [],
}
"""A store that the data names and the shop lacks: the data knows no more than its code."""


def ensure_stores(staff: Staff, codes: set[str]) -> dict[str, str]:
    """The shop's ids of these store codes; missing stores are opened."""
    known = {store["code"]: store["id"] for store in staff.call("GET", "/stores")["items"]}
    for code in sorted(codes - known.keys()):
        known[code] = staff.call("POST", "/stores", {"code": code, "name": f"门店 {code}", **_PLACE})["id"]
    return {code: known[code] for code in codes}


def put_products(till: Till, rows: Sequence[dict[str, Any]]) -> Faults:
    """Create or refresh up to 500 products; returns (SKU, why) of those the shop refused."""
    products = [
        {
            "sku_code": row["sku"],
            "title": row["name"],
            "category_path": [name for name in (row["category_l1"], row["category_l2"]) if name] or None,
            "barcodes": [row["barcode"]],
            "list_price_fen": row["price_fen"],
        }
        for row in rows
    ]
    return _faults(till.call("PUT", "/products:batch", {"products": products}), [row["sku"] for row in rows])


def put_members(till: Till, rows: Sequence[dict[str, Any]]) -> Faults:
    """Enter or refresh up to 500 members; returns (member number, why) of those the shop refused."""
    members = [{name: row[name] for name in ("member_no", "phone", "joined_at", "tags")} for row in rows]
    return _faults(till.call("PUT", "/members:batch", {"members": members}), [row["member_no"] for row in rows])


def _faults(answer: dict[str, Any], names: Sequence[str]) -> Faults:
    return [
        (names[result["index"]], f"{error['code']}: {error['message']}")
        for result in answer["results"]
        for error in result["errors"]
    ]


def receive(till: Till, receipt: Receipt) -> None:
    """入库: the number makes it happen once."""
    lines = [{"sku": code, "qty": quantity} for code, quantity in receipt.lines]
    till.call("POST", "/stock/receipts", {"number": receipt.number, "store_code": receipt.store_code, "lines": lines})


def sales_report(staff: Staff, first: date, end: date) -> dict[str, Any]:
    """The shop's own figures of the orders placed from `first` to the day before `end`."""
    return staff.call("GET", "/reports/sales", query={"from": first.isoformat(), "to": end.isoformat()})


def rolled_up(staff: Staff, first: date, end: date) -> dict[str, Any]:
    """The same figures as the roll-ups of analytics tell them, by payment, and how much is `pending` there."""
    last = end - timedelta(days=1)
    return staff.call("GET", "/analytics/figures", query={"from": first.isoformat(), "to": last.isoformat()})
