"""A month in small: orders of a made-up retailer with every oddity that the real one has, and what must come out."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from core.catalog.barcode import check_digit

STORES = ("XT01", "XT02", "XT03")
FIRST_WEEK = ("2017-01-02", "2017-01-09")
MONTH = ("2017-01-01", "2017-02-01")
PRODUCTS, MEMBERS = 60, 14


def write(
    folder: Path, week: tuple[int, int] = (25, 15), later: tuple[int, int] = (20, 12), last: tuple[int, int] = (0, 0)
) -> None:
    """The files of a replay: (orders at tills, online) in the week, after it, and in the last days of the month."""
    random = Random(20170102)
    products, members = _products(random), _members()
    orders = [
        *_oddities(products, members),
        *_orders(random, products, members, "2017-01-0{}", range(2, 9), week[0], week[1] - 4),
        *_orders(random, products, members, "2017-01-1{}", range(10), *later),
        *_orders(random, products, members, "2017-01-2{}", range(10), *last),
    ]
    orders.sort(key=lambda order: order["placed_at"])
    for name, rows in (("products", products), ("members", members), ("orders", orders)):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    sets = {"week": expected(orders, *FIRST_WEEK), "january": expected(orders, *MONTH)}
    (folder / "expected.json").write_text(json.dumps(sets))


def expected(orders: Iterable[dict[str, Any]], first: str, end: str) -> dict[str, Any]:
    """The figures of the orders from `first` to the day before `end`."""
    chosen = [order for order in orders if first <= order["placed_at"][:10] < end]
    lines = [line for order in chosen for line in order["lines"]]
    total = {name: sum(line[name] for line in lines) for name in lines[0] if name != "sku"}
    per_member = Counter(order["member_no"] for order in chosen)
    coupon_fen = total["coupon_fen"] - total["coupon_store_funded_fen"]
    return {
        "from_date": first,
        "to_date_exclusive": end,
        "orders": len(chosen),
        "lines": len(lines),
        "members": len(per_member),
        "products": len({line["sku"] for line in lines}),
        "qty": total["qty"],
        "list_fen": total["list_fen"],
        "sales_value_fen": total["paid_fen"] + coupon_fen,
        "paid_fen": total["paid_fen"],
        "member_disc_fen": total["member_disc_fen"],
        "coupon_fen": coupon_fen,
        "coupon_match_fen": total["coupon_store_funded_fen"],
        "online_orders": sum(order["channel"] == "online" for order in chosen),
        "orders_by_store": dict(Counter(order["store_code"] for order in chosen)),
        "members_ge2_orders": sum(count >= 2 for count in per_member.values()),
        "points": sum(order["paid_fen"] // 100 for order in chosen),
    }


def _products(random: Random) -> list[dict[str, Any]]:
    return [
        {
            "sku": f"RP{number:05d}",
            "barcode": f"2000000{number:05d}" + str(check_digit(f"2000000{number:05d}")),
            "name": f"ARTICLE {number}",
            "category_l1": ("GROCERY", "DRUG GM", "PRODUCE")[number % 3],
            "category_l2": f"KIND {number % 7}",
            "brand_type": ("National", "Private")[number % 2],
            "manufacturer": "69",
            "price_fen": random.randint(50, 2_000),
        }
        for number in range(1, PRODUCTS + 1)
    ]


def _members() -> list[dict[str, Any]]:
    return [
        {
            "member_no": f"RP{number:05d}",
            "phone": f"1990009{number:04d}",
            "joined_at": f"2016-12-{number:02d}T12:00:00+08:00",
            "tags": {"age": "35-44"} if number % 2 else {},
        }
        for number in range(1, MEMBERS + 1)
    ]


def _line(product: dict[str, Any], qty: int, member: int = 0, coupon: int = 0, shop: int = 0, dearer: int = 0) -> dict:
    list_fen = product["price_fen"] * qty + dearer
    return {
        "sku": product["sku"],
        "qty": qty,
        "list_fen": list_fen,
        "member_disc_fen": member,
        "coupon_fen": coupon,
        "coupon_store_funded_fen": shop,
        "paid_fen": list_fen - member - coupon,
    }


def _order(number: int, member: dict[str, Any], store: str, channel: str, at: str, lines: list[dict]) -> dict[str, Any]:
    return {
        "order_no": f"RP3119{number:07d}",
        "member_no": member["member_no"],
        "store_code": store,
        "channel": channel,
        "placed_at": at,
        "lines": lines,
        "paid_fen": sum(line["paid_fen"] for line in lines),
    }


def _oddities(products: list[dict[str, Any]], members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two online orders with a coupon larger than its line, one that costs nothing, one dearer than the catalog."""
    at = "2017-01-05T18:30:00+08:00"
    cheap, dear = min(products, key=lambda p: p["price_fen"]), max(products, key=lambda p: p["price_fen"])
    free = products[7]
    baskets = [
        [_line(dear, 1), _line(cheap, 1, coupon=cheap["price_fen"] + 10, shop=25)],
        [_line(dear, 1), _line(cheap, 1, member=20, coupon=cheap["price_fen"] + 30), _line(free, 2)],
        [_line(free, 1, coupon=free["price_fen"], shop=free["price_fen"])],
        [_line(free, 3, dearer=31)],
    ]
    return [_order(n, members[0], "XT01", "online", at, basket) for n, basket in enumerate(baskets, 9_000_000)]


def _orders(
    random: Random, products: list, members: list, day: str, days: range, at_tills: int, online: int
) -> Iterable[dict[str, Any]]:
    start = int(day.format(0)[-2:]) * 1_000
    for number, channel in enumerate(["pos"] * at_tills + ["online"] * online, start):
        at = f"{day.format(random.choice(days))}T{random.randint(8, 20):02d}:15:00+08:00"
        basket = [_random_line(random, product) for product in random.sample(products, random.randint(1, 6))]
        member = random.choice(members)
        yield _order(number, member, random.choice(STORES), channel, at, basket)


def _random_line(random: Random, product: dict[str, Any]) -> dict[str, Any]:
    qty = random.randint(1, 3)
    price = product["price_fen"] * qty
    member = random.choice((0, 0, price // 10))
    coupon = random.choice((0, 0, 0, price // 5))
    return _line(product, qty, member, coupon, random.choice((0, coupon)), random.choice((0, 0, 0, 0, 7)))
