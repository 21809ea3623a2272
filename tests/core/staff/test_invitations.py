"""Joining by invitation: a link that works once, for three days, and gives no more than the inviter has."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.staff.domain import INVITATION_LIFE
from tests.core.console_http.acting import actions, another_store, one, staff_token
from tests.core.staff.acting import API, SESSION, at_once, login

INVITATIONS = f"{API}/staff/invitations"
JOIN = f"{SESSION}/invitation"
PHONE = "19900000007"
SECRET = "long enough"


def invite(shop, token: str | None = None, **more):
    body = {"phone": PHONE, "name": "小赵", "role": "clerk"} | more
    return shop.post(INVITATIONS, token=token or shop.staff_token, json=body)


def accept(shop, token: str, name: str = "赵六", password: str = SECRET):
    return shop.post(JOIN, json={"token": token, "name": name, "password": password})


def look(shop, token: str):
    return shop.post(f"{JOIN}/look", json={"token": token})


def manager_of_staff(shop, role: str = "manager", stores: tuple[int, ...] = ()) -> str:
    """The token of somebody who was given `staff.edit` for himself."""
    token = staff_token(shop, role, stores=stores)
    staff_id = int(shop.get(SESSION, token=token).json["id"])
    with shop.bound():
        db.session.execute(text("UPDATE staff SET permissions_added = '{staff.edit}' WHERE id = :id"), {"id": staff_id})
        db.session.commit()
    return token


def test_invited_person_sees_the_offer_joins_and_is_logged_in(shop):
    made = invite(shop, store_ids=[str(shop.store_id)])
    assert made.status_code == 201
    offer = look(shop, made.json["token"]).json
    assert (offer["phone"], offer["name"], offer["role"], offer["store_ids"]) == (
        PHONE,
        "小赵",
        "clerk",
        [str(shop.store_id)],
    )
    joined = accept(shop, made.json["token"])
    me = shop.get(SESSION, token=joined.json["token"]).json
    assert (me["name"], me["phone"], me["role"], me["store_ids"]) == ("赵六", PHONE, "clerk", [str(shop.store_id)])
    assert login(shop, SECRET, PHONE).status_code == 200
    assert actions(shop) == ["staff.invite", "staff.invite.accept", "staff.login"]
    assert one(shop, "SELECT actor_id FROM audit_log WHERE action = 'staff.invite.accept'") == int(me["id"])


def test_link_works_once(shop):
    token = invite(shop).json["token"]
    assert accept(shop, token).status_code == 200
    again = accept(shop, token, "小偷", "another password")
    assert (again.status_code, again.json["code"]) == (404, "invitation_gone")
    assert look(shop, token).json["code"] == "invitation_gone"
    assert login(shop, "another password", PHONE).status_code == 401


def test_link_used_at_once_makes_one_account(shop):
    token = invite(shop).json["token"]
    assert at_once(lambda: accept(shop, token), lambda: accept(shop, token, "小孙")) == [200, 404]
    assert one(shop, "SELECT count(*) FROM staff WHERE phone = :phone", phone=PHONE) == 1


def test_link_ends_by_time_and_the_phone_may_be_invited_anew(shop):
    old = invite(shop).json
    with travel(INVITATION_LIFE.total_seconds() + 1):
        assert accept(shop, old["token"]).json["code"] == "invitation_gone"
        (listed,) = shop.get(INVITATIONS, token=shop.staff_token).json["items"]
        assert (listed["id"], listed["expired"]) == (old["id"], True)
        new = invite(shop, role="manager").json
        assert accept(shop, old["token"]).status_code == 404
        assert shop.get(SESSION, token=accept(shop, new["token"]).json["token"]).json["role"] == "manager"


def test_withdrawn_link_is_dead(shop):
    made = invite(shop).json
    assert shop.delete(f"{INVITATIONS}/{made['id']}", token=shop.staff_token).status_code == 204
    assert accept(shop, made["token"]).status_code == 404
    assert shop.get(INVITATIONS, token=shop.staff_token).json["items"] == []
    assert shop.delete(f"{INVITATIONS}/{made['id']}", token=shop.staff_token).json["code"] == "invitation_not_found"
    assert invite(shop).status_code == 201


def test_resent_link_replaces_the_old_one(shop):
    old = invite(shop).json
    with travel(INVITATION_LIFE.total_seconds() + 1):
        new = shop.post(f"{INVITATIONS}/{old['id']}/resend", token=shop.staff_token).json
        assert (new["id"], new["token"] == old["token"]) == (old["id"], False)
        assert accept(shop, old["token"]).status_code == 404
        assert accept(shop, new["token"]).status_code == 200
    assert shop.post(f"{INVITATIONS}/{old['id']}/resend", token=shop.staff_token).status_code == 404


def test_token_is_kept_as_a_fingerprint_and_not_listed(shop):
    token = invite(shop).json["token"]
    assert token.encode() not in bytes(one(shop, "SELECT token_hash FROM staff_invitation"))
    assert token not in shop.get(INVITATIONS, token=shop.staff_token).text
    assert token not in shop.get(f"{API}/audit", token=shop.staff_token).text


def test_phone_with_an_account_is_not_invited(shop):
    answer = invite(shop, phone="19900000000")
    assert (answer.status_code, answer.json["code"], answer.json["field"]) == (409, "phone_taken", "phone")


def test_open_invitation_is_not_doubled(shop):
    invite(shop)
    answer = invite(shop, role="owner")
    assert (answer.status_code, answer.json["code"]) == (409, "already_invited")
    assert one(shop, "SELECT role FROM staff_invitation") == "clerk"


def test_same_phone_invited_at_once_has_one_link(shop):
    assert at_once(lambda: invite(shop), lambda: invite(shop)) == [201, 409]


def test_account_made_meanwhile_keeps_the_link_from_working(shop):
    token = invite(shop).json["token"]
    body = {"phone": PHONE, "name": "小赵", "password": "first of all", "role": "clerk"}
    assert shop.post(f"{API}/staff", token=shop.staff_token, json=body).status_code == 201
    assert accept(shop, token).json["code"] == "phone_taken"
    assert login(shop, "first of all", PHONE).status_code == 200


def test_link_of_another_shop_is_refused(shop, other_shop):
    token = invite(other_shop).json["token"]
    assert accept(shop, token).json["code"] == "invitation_gone"
    assert look(shop, token).status_code == 404
    assert accept(other_shop, token).status_code == 200


@pytest.mark.parametrize("role", ["manager", "clerk"])
def test_who_may_not_edit_staff_invites_nobody(shop, role):
    token = staff_token(shop, role)
    assert invite(shop, token).json["code"] == "permission_missing"
    assert shop.get(INVITATIONS, token=token).status_code == 403


@pytest.mark.parametrize(
    ("own", "given", "status"),
    [("manager", "clerk", 201), ("manager", "manager", 201), ("manager", "owner", 403), ("clerk", "manager", 403)],
)
def test_nobody_invites_above_his_own_role(shop, own, given, status):
    assert invite(shop, manager_of_staff(shop, own), role=given).status_code == status


def test_invitation_above_ones_own_role_is_not_resent_or_withdrawn(shop):
    made = invite(shop, role="owner").json
    token = manager_of_staff(shop)
    assert shop.post(f"{INVITATIONS}/{made['id']}/resend", token=token).json["code"] == "above_own_role"
    assert shop.delete(f"{INVITATIONS}/{made['id']}", token=token).json["code"] == "above_own_role"
    assert accept(shop, made["token"]).status_code == 200


def test_who_is_limited_to_stores_gives_no_wider_scope(shop):
    other = another_store(shop)
    token = manager_of_staff(shop, stores=(shop.store_id,))
    for store_ids in ([], [str(other)], [str(shop.store_id), str(other)]):
        assert invite(shop, token, store_ids=store_ids).json["code"] == "other_store"
    assert invite(shop, token, store_ids=[str(shop.store_id)]).status_code == 201


def test_store_that_went_away_does_not_widen_the_scope(shop):
    other = another_store(shop)
    token = invite(shop, store_ids=[str(other)]).json["token"]
    with shop.bound():
        db.session.execute(text("DELETE FROM store WHERE id = :id"), {"id": other})
        db.session.commit()
    assert accept(shop, token).json["code"] == "store_not_found"
    assert one(shop, "SELECT count(*) FROM staff") == 1


def test_invitations_of_somebody_who_lost_power_are_dead(shop):
    inviter = manager_of_staff(shop)
    token = invite(shop, inviter).json["token"]
    inviter_id = shop.get(SESSION, token=inviter).json["id"]
    shop.request("PATCH", f"{API}/staff/{inviter_id}", token=shop.staff_token, json={"active": False})
    assert accept(shop, token).json["code"] == "invitation_gone"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phone": "123"}, "phone"),
        ({"role": "god"}, "role"),
        ({"name": " "}, "name"),
        ({"store_ids": ["999999"]}, "store_ids"),
        ({"password": "x"}, "password"),
    ],
)
def test_bad_invitation_is_refused(shop, fields, field):
    answer = invite(shop, **fields)
    assert (answer.status_code, answer.json["field"]) == (422, field)


@pytest.mark.parametrize("more", [{"password": "short"}, {"name": ""}])
def test_bad_acceptance_keeps_the_link_good(shop, more):
    token = invite(shop).json["token"]
    assert accept(shop, token, **more).status_code == 422
    assert accept(shop, token).status_code == 200
