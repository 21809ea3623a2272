"""The phone makes a member, or takes over the member the tills knew."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.buyers.models import Buyer
from core.clock import now
from core.db import db
from core.openkeys import service as keys
from tests.core.open_http.conftest import sale

PHONE = "/store/api/v1/phone"


@pytest.fixture
def share(shop, sim, appid):
    """Share a phone number through WeChat: (token, user, phone) → answer."""

    def share_phone(token: str, user: str, phone: str):
        openid = sim.login(appid, user)["openid"]
        code = sim.post("wallet/phone", {"appid": appid, "openid": openid, "phone": phone})["code"]
        return shop.post(PHONE, token=token, json={"code": code})

    return share_phone


def imported(shop, member_no: str, phone: str, **more) -> int:
    with shop.bound():
        member = Buyer(member_no=member_no, phone=phone, created_at=now(), tags={"vip": "yes"}, **more)
        db.session.add(member)
        db.session.commit()
        return member.id


def test_new_phone_makes_a_member(shop, login, share):
    session = login("张三").json
    answer = share(session["token"], "张三", "19900000001")
    assert answer.status_code == 200
    assert answer.json["phone"] == "19900000001"
    assert answer.json["member_no"] == f"M{int(session['buyer_id']):09d}"
    assert answer.json["joined_at"] is not None


def test_imported_member_is_taken_over_with_number_tags_and_orders(shop, login, share):
    member_id = imported(shop, "CJ00001", "19900000001", name="王小明")
    with shop.bound():
        _, key = keys.create_key("till", ["orders:write"])
        db.session.commit()
    shop.post("/open/api/v1/orders:bulk", token=key, json={"orders": [sale("T-1", member_no="CJ00001")]})
    token = login("张三").json["token"]
    shop.put(f"/store/api/v1/cart/lines/{shop.skus['MILK']}", token=token, json={"quantity": 2})
    answer = share(token, "张三", "19900000001")
    assert answer.status_code == 200, answer.text
    assert (answer.json["id"], answer.json["member_no"], answer.json["name"]) == (str(member_id), "CJ00001", "王小明")
    assert shop.get("/store/api/v1/profile", token=token).json["member_no"] == "CJ00001"
    assert [o["channel"] for o in shop.get("/store/api/v1/orders", token=token).json["items"]] == ["pos"]
    cart = shop.get(f"/store/api/v1/cart?store_id={shop.store_id}", token=token).json
    assert [line["sku"] for line in cart["lines"]] == ["MILK"]
    assert login("张三", consent_version=None).json["buyer_id"] == str(member_id)
    with shop.bound():
        assert db.session.execute(text("SELECT count(*) FROM buyer WHERE member_no IS NULL")).scalar_one() == 1


def test_phone_of_another_identity_is_refused(shop, login, share):
    share(login("张三").json["token"], "张三", "19900000001")
    answer = share(login("李四").json["token"], "李四", "19900000001")
    assert (answer.status_code, answer.json["code"]) == (409, "phone_taken")


def test_member_does_not_take_a_second_member_over(shop, login, share):
    token = login("张三").json["token"]
    share(token, "张三", "19900000001")
    imported(shop, "CJ00002", "19900000002")
    assert share(token, "张三", "19900000002").json["code"] == "phone_taken"


def test_member_may_change_to_a_free_phone(shop, login, share):
    token = login("张三").json["token"]
    number = share(token, "张三", "19900000001").json["member_no"]
    changed = share(token, "张三", "19900000003").json
    assert (changed["phone"], changed["member_no"]) == ("19900000003", number)


def test_code_used_twice_is_refused(shop, sim, appid, login):
    session = login("张三").json
    openid = sim.login(appid, "张三")["openid"]
    code = sim.post("wallet/phone", {"appid": appid, "openid": openid, "phone": "19900000001"})["code"]
    assert shop.post(PHONE, token=session["token"], json={"code": code}).status_code == 200
    again = shop.post(PHONE, token=session["token"], json={"code": code})
    assert (again.status_code, again.json["code"]) == (400, "wechat_code_invalid")


def test_forged_code_is_refused(shop, login):
    answer = shop.post(PHONE, token=login("张三").json["token"], json={"code": "never-issued"})
    assert answer.status_code == 400
