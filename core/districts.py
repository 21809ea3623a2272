"""Administrative districts (行政区划): city 4 digits, district 6, street or town 9; the code says whose part it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from core.errors import Invalid

STREET_DIGITS = 9
_FILE = "xingtai_pcas.json"


class DistrictError(Invalid):
    """An address names a district that does not exist or is too coarse (422)."""

    code = "district_invalid"


@dataclass(frozen=True, slots=True)
class District:
    """A node of the tree; `parent` is the code above it, "" for a city."""

    code: str
    name: str
    parent: str


def find(code: str) -> District | None:
    """The district of a code, None when there is none."""
    return _tree()[0].get(code)


def children(code: str = "") -> tuple[District, ...]:
    """What lies directly below a district, in the order of the official list; without a code the cities."""
    return _tree()[1].get(code, ())


def path(code: str) -> tuple[District, ...]:
    """From the city down to the district of `code`; empty when there is none."""
    found: list[District] = []
    while node := find(code):
        found.append(node)
        code = node.parent
    return tuple(reversed(found))


def check_address(code: str, field: str = "district_code") -> District:
    """The street or town of an address; raises DistrictError when the code is unknown or names something larger."""
    district = find(code)
    if district is None:
        raise DistrictError(f"没有代码为“{code[:20]}”的行政区划，请重新选择地区", field=field)
    if len(code) != STREET_DIGITS:
        raise DistrictError(f"地区“{district.name}”不够具体，请选择到街道或乡镇", field=field)
    return district


@cache
def _tree() -> tuple[MappingProxyType[str, District], MappingProxyType[str, tuple[District, ...]]]:
    nodes = json.loads(files("core.data").joinpath(_FILE).read_text("utf-8"))
    districts = list(_walk(nodes, ""))
    below: dict[str, list[District]] = {}
    for district in districts:
        below.setdefault(district.parent, []).append(district)
    by_code = {district.code: district for district in districts}
    return MappingProxyType(by_code), MappingProxyType({code: tuple(found) for code, found in below.items()})


def _walk(nodes: list[dict[str, Any]], parent: str) -> Iterator[District]:
    for node in nodes:
        yield District(node["code"], node["name"], parent)
        yield from _walk(node.get("children", []), node["code"])
