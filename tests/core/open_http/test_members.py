"""Members over the open API."""

from __future__ import annotations

from tests.core.open_http.conftest import sale

PATH = "/open/api/v1/members:batch"


def member(number: str, **more: object) -> dict:
    return {"member_no": number, **more}


def test_members_are_made_and_found(shop, key):
    rows = [
        member("CJ1", phone="19900000001", name="甲", joined_at="2017-01-07T13:55:24+08:00", tags={"age": "65+"}),
        member("CJ2"),
    ]
    answer = shop.put(PATH, token=key, json={"members": rows})
    assert (answer.status_code, answer.json["new"]) == (200, 2)
    found = shop.get("/open/api/v1/members?member_no=CJ1", token=key).json["items"]
    assert found == [
        {
            "member_no": "CJ1", "phone": "19900000001", "name": "甲", "joined_at": "2017-01-07T05:55:24Z",
            "tags": {"age": "65+"},
        }
    ]  # fmt: skip
    first = shop.get("/open/api/v1/members?limit=1", token=key).json
    rest = shop.get(f"/open/api/v1/members?limit=1&cursor={first['next_cursor']}", token=key).json
    assert [m["member_no"] for m in first["items"] + rest["items"]] == ["CJ1", "CJ2"]


def test_repeated_batch_changes_nothing(shop, key):
    rows = {"members": [member("CJ1", phone="19900000001"), member("CJ2", name="乙")]}
    shop.put(PATH, token=key, json=rows)
    again = shop.put(PATH, token=key, json=rows).json
    assert (again["unchanged"], again["new"], again["updated"]) == (2, 0, 0)


def test_taken_phone_is_told_per_row(shop, key):
    rows = [member("CJ1", phone="19900000001"), member("CJ2", phone="19900000001"), member("CJ3")]
    answer = shop.put(PATH, token=key, json={"members": rows}).json
    assert [r["result"] for r in answer["results"]] == ["new", "failed", "new"]
    assert answer["results"][1]["errors"][0]["code"] == "phone_taken"


def test_bad_members_are_refused(shop, key):
    for bad in (member(""), member("CJ1", phone="123"), member("CJ1", tags={"a": 1}), member("CJ1", vip=True)):
        assert shop.put(PATH, token=key, json={"members": [bad]}).status_code == 422
    assert shop.put(PATH, token=key, json={"members": [member(f"CJ{n}") for n in range(501)]}).status_code == 422


def test_sale_of_a_member_is_the_members(shop, key):
    shop.put(PATH, token=key, json={"members": [member("CJ1")]})
    done = shop.post("/open/api/v1/orders:bulk", token=key, json={"orders": [sale("T-1", member_no="CJ1")]})
    assert done.json["created"] == 1
    listed = shop.get("/console/api/v1/orders?reference=T-1", token=shop.staff_token).json["items"]
    detail = shop.get(f"/console/api/v1/orders/{listed[0]['number']}", token=shop.staff_token).json
    assert detail["member_no"] == "CJ1"
