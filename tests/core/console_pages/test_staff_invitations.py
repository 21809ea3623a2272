"""Inviting by the pages: the link once, the account once, never more than one has oneself."""

from __future__ import annotations

from datetime import timedelta

from core.clock import now
from core.db import db
from tests.core.console_http.acting import actions, another_store, one, staff_token
from tests.core.console_pages.acting import copied, errors, follow, invite, log_in, problem, staff_id
from tests.core.console_pages.visitor import Visitor
from tests.core.staff.acting import at_once

JOINING = {"name": "陈新", "password": "a new secret", "again": "a new secret"}


def scoped_manager(shop, store_id: int) -> Visitor:
    """A manager of one store who may edit staff."""
    token = staff_token(shop, "manager", "王建国", (store_id,))
    with shop.bound():
        db.session.execute(db.text("UPDATE staff SET permissions_added = '{staff.edit}' WHERE name = '王建国'"))
        db.session.commit()
    return Visitor(shop, token)


def test_invited_person_sets_a_password_and_is_inside(shop, visitor):
    link = invite(visitor, scope="some", store_ids=[str(shop.store_id)])
    guest = Visitor(shop)
    page = guest.get(link)
    assert "13900000001" in page and 'value="陈新"' in page
    answer = guest.post(link, JOINING | {"name": "陈小新"})
    assert (answer.status_code, answer.location) == (303, "/console/")
    assert "陈小新" in guest.get("/console/account")
    assert "中兴店" in guest.get("/console/account")
    assert actions(shop) == ["staff.invite", "staff.invite.accept"]
    assert log_in(Visitor(shop), "13900000001", "a new secret").status_code == 303


def test_link_is_shown_once(visitor):
    made = visitor.post("/console/staff/invite", {"phone": "13900000001", "name": "陈新", "role": "clerk", "scope": "all"})
    address = copied(visitor.get(made.location))
    token = address.rpartition("/")[2]
    again = visitor.get(made.location)
    assert "链接只显示一次" in again and token not in again
    assert token not in visitor.get("/console/staff")


def test_double_submit_invites_once(shop, visitor):
    drawn = visitor.get("/console/staff/invite")
    hidden = {name: drawn.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("csrf", "once")}
    data = {**hidden, "phone": "13900000001", "name": "陈新", "role": "clerk", "scope": "all"}
    places = [visitor.open("/console/staff/invite", "POST", data=data).location for _ in range(2)]
    assert places[0] == places[1]
    assert copied(visitor.get(places[0])).startswith(f"http://{visitor.host}/console/invite/")
    assert one(shop, "SELECT count(*) FROM staff_invitation") == 1


def test_used_link_says_so(shop, visitor):
    link = invite(visitor)
    assert Visitor(shop).post(link, JOINING).status_code == 303
    late = Visitor(shop).open(link)
    assert late.status_code == 404
    assert "邀请链接已失效" in late.text and "去登录" in late.text


def test_expired_link_says_so(shop, visitor):
    link = invite(visitor)
    with shop.bound():
        db.session.execute(db.text("UPDATE staff_invitation SET expires_at = :past"), {"past": now() - timedelta(minutes=1)})
        db.session.commit()
    assert Visitor(shop).open(link).status_code == 404
    assert "已过期" in visitor.get("/console/staff")


def test_two_browsers_at_once_make_one_account(shop, visitor):
    link = invite(visitor)
    guests = [Visitor(shop), Visitor(shop)]
    forms = []
    for guest in guests:
        drawn = guest.get(link)
        hidden = {name: drawn.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("csrf", "once")}
        forms.append({**hidden, **JOINING})
    acts = [lambda g=guest, f=form: g.client.post(link, data=f, base_url=f"http://{g.host}")
            for guest, form in zip(guests, forms, strict=True)]
    assert at_once(*acts) == [303, 404]
    assert one(shop, "SELECT count(*) FROM staff WHERE phone = '13900000001'") == 1


def test_wrong_input_is_told_beside_its_field_and_the_link_still_works(shop, visitor):
    link = invite(visitor)
    guest = Visitor(shop)
    page = guest.post(link, {"name": "", "password": "short", "again": "short"}).text
    assert errors(page) == ["请填写", "密码长度应为 8 到 128 位"]
    unlike = guest.post(link, JOINING | {"again": "another one"}).text
    assert errors(unlike) == ["两次输入的密码不一样"]
    assert "a new secret" not in unlike
    assert guest.post(link, JOINING).status_code == 303


def test_phone_that_is_taken_or_invited_is_told_beside_the_field(visitor):
    data = {"name": "陈新", "role": "clerk", "scope": "all"}
    taken = visitor.post("/console/staff/invite", {**data, "phone": "19900000000"}).text
    assert errors(taken) == ["这个手机号已有员工账号"]
    assert 'value="陈新"' in taken
    invite(visitor)
    again = visitor.post("/console/staff/invite", {**data, "phone": "13900000001"}).text
    assert errors(again) == ["这个手机号已有未接受的邀请，可以重新发送或撤回"]


def test_new_link_kills_the_old_one_and_withdrawing_both(shop, visitor):
    old = invite(visitor)
    path = f"/console/staff/invitations/{one(shop, 'SELECT id FROM staff_invitation')}"
    fresh = copied(follow(visitor, visitor.post(f"{path}/resend", page="/console/staff"))).partition(".localhost")[2]
    assert (Visitor(shop).open(old).status_code, Visitor(shop).open(fresh).status_code) == (404, 200)
    assert visitor.post(f"{path}/revoke", page="/console/staff").location == "/console/staff"
    assert Visitor(shop).open(fresh).status_code == 404
    assert "陈新" not in visitor.get("/console/staff")


def test_page_of_the_link_withdraws_the_invitation(shop, visitor):
    link = invite(visitor)
    path = f"/console/staff/invitations/{one(shop, 'SELECT id FROM staff_invitation')}"
    assert f"{path}/revoke" in visitor.get(path)
    visitor.post(f"{path}/revoke", page=path)
    assert (Visitor(shop).open(link).status_code, actions(shop)) == (404, ["staff.invite", "staff.invite.revoke"])


def test_manager_of_one_store_gives_no_wider_scope(shop):
    second = another_store(shop)
    manager = scoped_manager(shop, shop.store_id)
    page = manager.get("/console/staff/invite")
    assert "中兴店" in page and 'name="scope" value="all"' not in page and f'value="{second}"' not in page
    assert 'value="owner"' not in page
    data = {"phone": "13900000001", "name": "陈新", "role": "clerk"}
    none = manager.post("/console/staff/invite", {**data, "scope": "some"})
    assert errors(none.text) == ["请至少勾选一家门店"]
    for wider in ({"scope": "all"}, {"scope": "some", "store_ids": [str(shop.store_id), str(second)]}):
        assert manager.post("/console/staff/invite", {**data, **wider}).status_code == 403
    assert manager.post("/console/staff/invite", {**data, "role": "owner", "scope": "all"}).status_code == 403
    own = {"scope": "some", "store_ids": [str(shop.store_id)]}
    assert manager.post("/console/staff/invite", {**data, **own}).status_code == 303
    assert one(shop, "SELECT store_ids FROM staff_invitation") == [shop.store_id]


def test_manager_of_one_store_changes_nobodys_account(shop):
    manager = scoped_manager(shop, shop.store_id)
    staff_token(shop, "clerk", "李秀英", (shop.store_id,))
    path = f"/console/staff/{staff_id(shop, '李秀英')}"
    assert "您只负责部分门店，不能修改员工账号。" in manager.get(path)
    data = {"name": "李秀英", "role": "clerk", "scope": "all"}
    assert manager.post(path, data).status_code == 403
    assert manager.post(f"{path}/permissions", {"allowed": ["orders.view"]}).status_code == 403


def test_phone_that_was_taken_meanwhile_is_told_on_the_form(shop, visitor):
    link = invite(visitor)
    with shop.bound():
        db.session.execute(db.text("UPDATE staff SET phone = '13900000001' WHERE id = :id"), {"id": shop.staff_id})
        db.session.commit()
    page = Visitor(shop).post(link, JOINING).text
    assert problem(page) == "这个手机号已有员工账号"
