"""Staff: the list, one person, permissions, and what only those may who have more."""

from __future__ import annotations

import pytest

from core.db import db
from tests.core.console_http.acting import actions, another_store, one, staff_token
from tests.core.console_pages.acting import TO_LOGIN, bind_app, copied, errors, follow, log_in, problem, staff_id
from tests.core.console_pages.visitor import Visitor
from tests.core.staff.acting import at_once

PEOPLE = (
    "/console/staff", "/console/staff/roles", "/console/staff/invite", "/console/staff/1",
    "/console/staff/1/permissions",
    "/console/staff/1/password-link", "/console/apikeys", "/console/apikeys/new", "/console/apikeys/key",
    "/console/audit", "/console/audit/export.csv",
)


def power(shop, name: str) -> tuple:
    query = "SELECT role, active, permissions_added, permissions_removed FROM staff WHERE name = :name"
    return one(shop, query, name=name)


def stores_of(shop, name: str) -> list[int]:
    person = staff_id(shop, name)
    return one(shop, "SELECT array_agg(store_id) FROM staff_store WHERE staff_id = :person", person=person) or []


@pytest.mark.parametrize("path", PEOPLE)
def test_clerk_may_see_none_of_it(shop, path):
    assert Visitor(shop, staff_token(shop, "clerk")).open(path).status_code == 403


def test_list_says_who_works_here(shop, visitor):
    staff_token(shop, "clerk", "李秀英", (shop.store_id,))
    page = visitor.get("/console/staff")
    assert len(visitor.statements) <= 15
    assert "李秀英" in page and "中兴店" in page
    assert "李秀英" not in visitor.get("/console/staff?q=王")
    assert "李秀英" not in visitor.get("/console/staff?state=off")


def test_list_takes_as_many_statements_for_many(shop, visitor):
    visitor.get("/console/staff")
    before = len(visitor.statements)
    for number in range(5):
        staff_token(shop, "clerk", f"店员{number}", (shop.store_id,))
    visitor.get("/console/staff")
    assert len(visitor.statements) == before


def test_role_and_stores_are_changed(shop, visitor):
    second = another_store(shop)
    staff_token(shop, "clerk", "李秀英")
    path = f"/console/staff/{staff_id(shop, '李秀英')}"
    version = visitor.get(path).partition('name="version" value="')[2].partition('"')[0]
    data = {"name": "李秀英", "role": "manager", "scope": "some", "store_ids": [str(second)], "version": version}
    assert visitor.post(path, data).location == path
    assert (power(shop, "李秀英")[0], stores_of(shop, "李秀英")) == ("manager", [second])
    assert actions(shop) == ["staff.change"]


def test_stale_edit_says_who_was_faster_and_keeps_what_was_typed(shop, visitor):
    staff_token(shop, "clerk", "李秀英")
    person = staff_id(shop, "李秀英")
    version = visitor.get(f"/console/staff/{person}").partition('name="version" value="')[2].partition('"')[0]
    shop.request("PATCH", f"/console/api/v1/staff/{person}", token=shop.staff_token, json={"role": "manager"})
    data = {"name": "李秀", "role": "clerk", "scope": "all", "version": version}
    page = visitor.post(f"/console/staff/{person}", data).text
    assert problem(page).startswith("刚刚被 店长 在 ")
    assert 'value="李秀"' in page
    assert power(shop, "李秀英")[0] == "manager"


def test_some_stores_without_any_and_all_with_one_are_refused(shop, visitor):
    second = another_store(shop)
    staff_token(shop, "clerk", "李秀英", (shop.store_id,))
    path = f"/console/staff/{staff_id(shop, '李秀英')}"
    common = {"name": "李秀英", "role": "clerk"}
    assert errors(visitor.post(path, {**common, "scope": "some"}).text) == ["请至少勾选一家门店"]
    mixed = {**common, "scope": "all", "store_ids": [str(second)]}
    assert errors(visitor.post(path, mixed).text) == ["勾选了门店，请同时选“只负责下面勾选的门店”"]
    assert stores_of(shop, "李秀英") == [shop.store_id]


def test_permissions_are_kept_as_exceptions_from_the_role(shop, visitor):
    staff_token(shop, "clerk", "李秀英")
    person = staff_id(shop, "李秀英")
    orders = ["orders.view", "orders.prepare", "orders.pickup", "orders.remark", "orders.adjust"]
    allowed = [*orders, "catalog.view", "stores.view"]
    answer = visitor.post(f"/console/staff/{person}/permissions", {"allowed": allowed})
    assert answer.location == f"/console/staff/{person}"
    assert power(shop, "李秀英") == ("clerk", True, ["orders.adjust"], ["stock.edit"])
    page = visitor.get(f"/console/staff/{person}")
    assert "额外开放：" in page and "已收回：" in page


def test_what_one_has_not_stays_as_it_was(shop):
    staff_token(shop, "clerk", "李秀英")
    helper = staff_token(shop, "manager", "王建国")
    with shop.bound():
        db.session.execute(db.text("UPDATE staff SET permissions_added = '{staff.edit}' WHERE name = '王建国'"))
        db.session.execute(db.text("UPDATE staff SET permissions_added = '{settings.edit}' WHERE name = '李秀英'"))
        db.session.commit()
    manager = Visitor(shop, helper)
    path = f"/console/staff/{staff_id(shop, '李秀英')}/permissions"
    manager.post(path, {"allowed": ["orders.view", "payments.edit"]})
    assert power(shop, "李秀英")[2] == ["settings.edit"]


def test_last_owner_cannot_lock_himself_out(shop, visitor):
    me = f"/console/staff/{shop.staff_id}"
    demoted = visitor.post(me, {"name": "店长", "role": "clerk", "scope": "all"})
    assert problem(demoted.text) == "店铺至少要有一位可登录的店主"
    off = visitor.post(f"{me}/active", {"active": "0"}, page=me)
    assert (off.status_code, off.location) == (303, me)
    assert visitor.toasts() == ["店铺至少要有一位可登录的店主"]
    assert power(shop, "店长") == ("owner", True, [], [])


def test_switched_off_person_is_logged_out_at_once(shop, visitor):
    clerk = Visitor(shop, staff_token(shop, "clerk", "李秀英"))
    assert clerk.open("/console/account").status_code == 200
    path = f"/console/staff/{staff_id(shop, '李秀英')}"
    visitor.post(f"{path}/active", {"active": "0"}, page=path)
    assert clerk.open("/console/account").location == TO_LOGIN
    visitor.post(f"{path}/active", {"active": "1"}, page=path)
    assert power(shop, "李秀英")[1] is True


def test_password_link_sets_a_new_password_once(shop, visitor):
    clerk = Visitor(shop, staff_token(shop, "clerk", "李秀英"))
    person = staff_id(shop, "李秀英")
    path = f"/console/staff/{person}"
    made = visitor.post(f"{path}/password-link", page=path)
    link = copied(follow(visitor, made)).partition(".localhost")[2]
    assert "链接只显示一次" in visitor.get(made.location)
    stranger = Visitor(shop)
    unlike = stranger.post(link, {"password": "new secret 1", "again": "new secret 2"})
    assert errors(unlike.text) == ["两次输入的密码不一样"]
    assert stranger.post(link, {"password": "new secret 1", "again": "new secret 1"}).location == "/console/login"
    assert stranger.open(link).status_code == 404
    assert clerk.open("/console/account").status_code == 303
    phone = one(shop, "SELECT phone FROM staff WHERE id = :id", id=person)
    assert log_in(Visitor(shop), phone, "new secret 1").status_code == 303
    assert actions(shop) == ["staff.password_link", "staff.password_reset", "staff.login"]


def test_password_link_dies_with_a_new_role_and_is_no_good_elsewhere(shop, other_shop, visitor):
    staff_token(shop, "clerk", "李秀英")
    person = staff_id(shop, "李秀英")
    path = f"/console/staff/{person}"
    link = copied(follow(visitor, visitor.post(f"{path}/password-link", page=path))).partition(".localhost")[2]
    assert Visitor(shop).open(link).status_code == 200
    assert Visitor(shop).open(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404
    assert Visitor(other_shop).open(link).status_code == 404
    shop.request("PATCH", f"/console/api/v1/staff/{person}", token=shop.staff_token, json={"role": "manager"})
    assert Visitor(shop).open(link).status_code == 404


def made_link(shop, visitor, name: str) -> tuple[str, str]:
    """The page of somebody, and the address of a fresh password link."""
    path = f"/console/staff/{staff_id(shop, name)}"
    return path, copied(follow(visitor, visitor.post(f"{path}/password-link", page=path))).partition(".localhost")[2]


def test_password_link_is_withdrawn_before_its_time(shop, visitor):
    staff_token(shop, "clerk", "李秀英")
    path, link = made_link(shop, visitor, "李秀英")
    page = visitor.get(path)
    assert len(visitor.statements) <= 15
    assert "店长 生成的链接还能用" in page and f"{path}/password-link/withdraw" in page
    assert visitor.post(f"{path}/password-link/withdraw", page=path).location == path
    assert Visitor(shop).open(link).status_code == 404
    assert "还能用" not in visitor.get(path)
    visitor.post(f"{path}/password-link/withdraw", page=path)
    assert visitor.toasts()[-1] == "链接已经失效，不用再撤回"
    assert actions(shop) == ["staff.password_link", "staff.password_link.withdraw"]
    log = visitor.get("/console/audit")
    assert "撤回重设密码的链接" in log and "print：" not in log


def test_page_of_the_link_withdraws_it_too(shop, visitor):
    staff_token(shop, "clerk", "李秀英")
    path, _link = made_link(shop, visitor, "李秀英")
    assert f"{path}/password-link/withdraw" in visitor.get(f"{path}/password-link")
    visitor.post(f"{path}/password-link/withdraw", page=path)
    assert f"{path}/password-link/withdraw" not in visitor.get(f"{path}/password-link")


def test_new_password_link_kills_the_one_before(shop, visitor):
    staff_token(shop, "clerk", "李秀英")
    _path, first = made_link(shop, visitor, "李秀英")
    _path, second = made_link(shop, visitor, "李秀英")
    assert (Visitor(shop).open(first).status_code, Visitor(shop).open(second).status_code) == (404, 200)


def test_password_link_dies_with_the_power_of_who_made_it(shop, visitor):
    staff_token(shop, "clerk", "李秀英")
    second = Visitor(shop, staff_token(shop, "owner", "老板娘"))
    path, link = made_link(shop, second, "李秀英")
    maker = f"/console/staff/{staff_id(shop, '老板娘')}"
    visitor.post(maker, {"name": "老板娘子", "role": "owner", "scope": "all"})
    assert Visitor(shop).open(link).status_code == 200
    visitor.post(f"{maker}/active", {"active": "0"}, page=maker)
    visitor.post(f"{maker}/active", {"active": "1"}, page=maker)
    assert Visitor(shop).open(link).status_code == 404
    assert "还能用" not in visitor.get(path)


def test_password_link_is_withdrawn_and_used_at_once(shop, visitor):
    staff_token(shop, "clerk", "李秀英")
    for number in range(3):
        path, link = made_link(shop, visitor, "李秀英")
        guest, fields = Visitor(shop), {"password": f"new secret {number}", "again": f"new secret {number}"}
        fields |= hidden(guest.get(link))
        taking = hidden(visitor.get(path))
        at_once(
            lambda guest=guest, link=link, fields=fields: guest.open(link, "POST", data=fields),
            lambda path=path, taking=taking: visitor.open(f"{path}/password-link/withdraw", "POST", data=taking),
        )
        done = actions(shop)[-1]
        assert done in ("staff.password_link.withdraw", "staff.password_reset")
        assert Visitor(shop).open(link).status_code == 404
    assert len(actions(shop)) == 6


def hidden(page: str) -> dict[str, str]:
    """The fields that every form brings."""
    return {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("csrf", "once")}


def test_locked_person_is_unlocked_and_two_factor_reset(shop, visitor):
    clerk = Visitor(shop, staff_token(shop, "clerk", "李秀英"))
    bind_app(clerk)
    with shop.bound():
        db.session.execute(db.text("UPDATE staff SET locked_until = now() + interval '9 min' WHERE name = '李秀英'"))
        db.session.commit()
    path = f"/console/staff/{staff_id(shop, '李秀英')}"
    assert "连续输错密码，账号已锁定" in visitor.get(path)
    visitor.post(f"{path}/unlock", page=path)
    visitor.post(f"{path}/two-factor/reset", page=path)
    assert one(shop, "SELECT locked_until, totp_since FROM staff WHERE name = '李秀英'") == (None, None)
    visitor.post(f"{path}/unlock", page=path)
    assert visitor.toasts()[-1] == "账号没有被锁定"
    visitor.post(f"{path}/sessions/end", page=path)
    assert clerk.open("/console/account").status_code == 303


def test_manager_who_may_edit_staff_has_no_power_over_owners(shop):
    token = staff_token(shop, "manager", "王建国")
    with shop.bound():
        db.session.execute(db.text("UPDATE staff SET permissions_added = '{staff.edit}' WHERE name = '王建国'"))
        db.session.commit()
    manager = Visitor(shop, token)
    owner = f"/console/staff/{shop.staff_id}"
    assert "这位员工的权限比您大，不能修改。" in manager.get(owner)
    page = "/console/account"
    for deed in ("active", "password-link", "password-link/withdraw", "two-factor/reset", "sessions/end", "unlock"):
        assert manager.post(f"{owner}/{deed}", {"active": "0"}, page=page).status_code == 403, deed
    raised = {"name": "王建国", "role": "owner", "scope": "all"}
    assert manager.post(f"/console/staff/{staff_id(shop, '王建国')}", raised, page=page).status_code == 403


def test_other_shops_person_is_unknown(shop, other_shop, visitor):
    assert visitor.open("/console/staff/999999").status_code == 404
    assert Visitor(other_shop, shop.staff_token).open("/console/staff").status_code == 303


def test_names_are_text(shop, visitor):
    staff_token(shop, "clerk", "<script>alert(1)</script>")
    person = one(shop, "SELECT id FROM staff WHERE name LIKE '<%'")
    for path in ("/console/staff", f"/console/staff/{person}", f"/console/staff/{person}/permissions", "/console/audit"):
        assert "<script>alert" not in visitor.get(path)


def test_table_of_roles_has_every_permission(shop, visitor):
    page = visitor.get("/console/staff/roles")
    assert page.count('<th scope="row">') == 25
    assert "管理 API 密钥" in page
