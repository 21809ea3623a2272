from __future__ import annotations

import pytest

from core.districts import District, DistrictError, check_address, children, find, path


def test_district_found_by_code():
    assert find("130503002") == District("130503002", "中兴路街道", "130503")
    assert find("999999") is None


def test_district_children_from_city_to_street():
    assert [city.name for city in children()] == ["邢台市"]
    assert len(children("1305")) == 19
    assert [street.name for street in children("130502")][:2] == ["南长街街道", "北大街街道"]
    assert children("130502001") == ()


def test_district_path_from_the_city_down():
    assert [node.name for node in path("130503002")] == ["邢台市", "信都区", "中兴路街道"]
    assert path("1") == ()


def test_address_needs_a_street():
    assert check_address("130503002").name == "中兴路街道"


@pytest.mark.parametrize("code", ["", "130503", "1305", "000000000", "1305030020"])
def test_address_with_a_wrong_or_coarse_district_is_refused(code):
    with pytest.raises(DistrictError) as caught:
        check_address(code)
    assert (caught.value.code, caught.value.status, caught.value.field) == ("district_invalid", 422, "district_code")
