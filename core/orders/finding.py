"""What somebody can mean who types something into the search of orders. Pure; the SQL keeps to indexed columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_PICKUP_CODE = re.compile(r"[0-9]{8}")
_NUMBER = re.compile(r"[0-9]{9,16}")
_TAIL = re.compile(r"[0-9]{4}")
_PHONE = re.compile(r"1[0-9]{10}|\+[0-9]{6,18}")
_REFERENCE = re.compile(r"[A-Za-z0-9_.:-]{4,64}")
_MAX_BUYERS = 200
"""A search for a name looks at the orders of so many people at most."""

_BUYERS = """SELECT each.* FROM (SELECT id FROM buyer WHERE {who} LIMIT """ + str(_MAX_BUYERS) + """) b
    CROSS JOIN LATERAL (SELECT o.id, o.placed_at FROM orders o WHERE o.buyer_id = b.id AND {{where}} {{ordered}}) each"""


class Search(NamedTuple):
    """One way to find orders: SQL with places for `where` and `ordered` (about `o`), and its values."""

    sql: str
    values: Mapping[str, str]


def searches(q: str) -> list[Search]:
    """Every way in which `q` may name an order; none for nothing but blanks.

    Sixteen digits are an order number (from nine on its beginning), eight a pickup code, four the end of a phone
    number; anything else a till number, a member number, or the beginning of a buyer's name.
    """
    typed = " ".join(q.split())[:64]
    found = []
    if _NUMBER.fullmatch(typed):
        found.append(_orders("o.number >= :q_number AND o.number < :q_number || ':'", q_number=typed))
    if _PICKUP_CODE.fullmatch(typed):
        found.append(_pickup(typed))
    if _TAIL.fullmatch(typed):
        found += _phones('"right"({phone}, 4) = :q_phone', typed)
    if _PHONE.fullmatch(typed):
        found += _phones('"right"({phone}, 4) = "right"(:q_phone, 4) AND {phone} = :q_phone', typed)
    if _REFERENCE.fullmatch(typed):
        found.append(_orders("o.reference = :q_reference AND o.channel <> 'online'", q_reference=typed))
    if typed:
        found.append(_buyers("member_no = :q_member", q_member=typed))
    if typed and not typed.isdigit():
        found.append(_buyers("name LIKE :q_name", q_name=like_prefix(typed)))
    return found


def like_prefix(typed: str) -> str:
    """A LIKE pattern for what begins with `typed`."""
    return re.sub(r"([\\%_])", r"\\\1", typed) + "%"


def _orders(condition: str, **values: str) -> Search:
    return Search(f"SELECT o.id, o.placed_at FROM orders o WHERE {condition} AND {{where}} {{ordered}}", values)


def _pickup(code: str) -> Search:
    sql = """SELECT each.* FROM store st CROSS JOIN LATERAL (
        SELECT o.id, o.placed_at FROM orders o
        WHERE o.store_id = st.id AND o.pickup_code = :q_code AND {where} {ordered}) each"""
    return Search(sql, {"q_code": code})


def _phones(condition: str, typed: str) -> list[Search]:
    return [
        _orders(condition.format(phone="o.contact_phone"), q_phone=typed),
        _buyers(condition.format(phone="phone"), q_phone=typed),
    ]


def _buyers(who: str, **values: str) -> Search:
    return Search(_BUYERS.format(who=who), values)
