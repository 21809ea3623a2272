"""Who shops here: members of the tills, members who know the mini-program too, and shoppers without a number. Pure.

Names are a surname with a title, or a nickname as WeChat masks it: nobody is meant. Phones are 1990000xxxx.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import cos, pi, radians, sin
from random import Random

from core.demo.past.rhythm import buying_weight
from core.demo.past.things import Person, Place, phone_of
from core.pricing.service import Destination

MEMBERS = 1500
SHOPPERS = 120
KNOWS_WECHAT = 0.46
HAS_ADDRESS = 0.75
JOINED_BEFORE = 0.72
EARLIER_DAYS = 900
HOMES = (0.42, 0.25, 0.33)
DEGREE_M = 111_320

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_TITLES = ("女士", "先生", "阿姨", "老师")
_TITLE_WEIGHTS = (46, 38, 10, 6)
_NICKS = ("小", "阿", "大", "云", "月", "星", "晴", "暖", "南", "北", "一", "木", "雨", "春", "夏", "秋", "甜", "橙")
_COURTS = ("阳光花园", "幸福里", "学府佳苑", "锦绣家园", "滨河小区", "望府新城", "金秋苑", "和平里", "育才小区", "翠湖名邸")
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def crowd(rng: Random, first: datetime, until: datetime, places: Sequence[Place]) -> list[Person]:
    """Everybody, by the moment they joined; `first` is when the past begins."""
    people = [_person(rng, index, first, until, places) for index in range(MEMBERS + SHOPPERS)]
    return sorted(people, key=lambda person: (person.joined_at, person.index))


def _person(rng: Random, index: int, first: datetime, until: datetime, places: Sequence[Place]) -> Person:
    member = index < MEMBERS
    home = rng.choices(range(len(places)), HOMES[: len(places)])[0]
    online = not member or rng.random() < KNOWS_WECHAT
    addressed = online and rng.random() < HAS_ADDRESS
    phone = phone_of(index) if member else None
    name = _name(rng) if member else None
    return Person(
        index,
        f"XT{100001 + index}" if member else None,
        phone,
        name,
        _joined(rng, first, until),
        "oDEMO" + "".join(rng.choices(_LETTERS, k=23)) if online else None,
        home,
        buying_weight(rng),
        _address(rng, places[home], name, phone_of(index)) if addressed else None,
    )


def _name(rng: Random) -> str:
    if rng.random() < 0.7:
        return rng.choice(_SURNAMES) + rng.choices(_TITLES, _TITLE_WEIGHTS)[0]
    return rng.choice(_NICKS) + "**"


def _joined(rng: Random, first: datetime, until: datetime) -> datetime:
    if rng.random() < JOINED_BEFORE:
        return first - timedelta(seconds=rng.randrange(EARLIER_DAYS * 86_400))
    return first + (until - first) * (rng.random() * 0.97)


def _address(rng: Random, place: Place, name: str | None, phone: str) -> Destination:
    store = place.store
    metres = 150 + (max(zone.max_distance_m for zone in store.zones) * 0.9 - 150) * rng.random() ** 1.5
    angle = rng.random() * 2 * pi
    latitude = float(store.latitude) + metres * cos(angle) / DEGREE_M
    longitude = float(store.longitude) + metres * sin(angle) / (DEGREE_M * cos(radians(float(store.latitude))))
    detail = f"{rng.choice(_COURTS)}{rng.randint(1, 18)}号楼{rng.randint(1, 4)}单元{rng.randint(1, 17)}0{rng.randint(1, 4)}"
    return Destination(
        name or "顾客", phone, place.district_code, detail, Decimal(f"{longitude:.6f}"), Decimal(f"{latitude:.6f}")
    )
