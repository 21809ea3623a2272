"""What is added to a person's role or taken away, over HTTP: it counts at once, and nobody raises himself."""

from __future__ import annotations

import pytest

from tests.core.console_http.acting import one, staff_token
from tests.core.staff.acting import API, SESSION, login

REPORTS = f"{API}/staff/roles"


class Person:
    """Somebody with a session, as the owner sees and changes him."""

    def __init__(self, shop, role: str, stores: tuple[int, ...] = ()) -> None:
        self.shop, self.token = shop, staff_token(shop, role, stores=stores)
        me = shop.get(SESSION, token=self.token).json
        self.id, self.phone = me["id"], me["phone"]

    @property
    def permissions(self) -> set[str]:
        return set(self.shop.get(SESSION, token=self.token).json["permissions"])

    def changed(self, by: str | None = None, **fields):
        return self.shop.request("PATCH", f"{API}/staff/{self.id}", token=by or self.shop.staff_token, json=fields)


@pytest.fixture
def clerk(shop) -> Person:
    return Person(shop, "clerk")


@pytest.fixture
def editor(shop) -> Person:
    """A manager who was given `staff.edit`."""
    person = Person(shop, "manager")
    person.changed(permissions_added=["staff.edit"])
    return person


def test_added_permission_counts_at_once_and_ends_when_it_is_taken(shop, clerk):
    before = clerk.permissions
    assert shop.get(REPORTS, token=clerk.token).status_code == 403
    changed = clerk.changed(permissions_added=["staff.edit", "orders.refund"])
    assert changed.json["permissions_added"] == ["orders.refund", "staff.edit"]
    assert clerk.permissions == before | {"orders.refund", "staff.edit"}
    assert shop.get(REPORTS, token=clerk.token).status_code == 200
    clerk.changed(permissions_added=[])
    assert clerk.permissions == before


def test_removed_permission_is_refused_at_once(shop, clerk):
    assert shop.get(f"{API}/stores", token=clerk.token).status_code == 200
    clerk.changed(permissions_removed=["stores.view"])
    refused = shop.get(f"{API}/stores", token=clerk.token)
    assert (refused.status_code, refused.json["permission"]) == (403, "stores.view")


def test_change_of_grants_stands_in_the_log(shop, clerk):
    clerk.changed(permissions_added=["orders.refund"])
    assert one(shop, "SELECT detail FROM audit_log ORDER BY id DESC LIMIT 1") == {
        "names": ["permissions_added"],
        "permissions_added": {"before": [], "after": ["orders.refund"]},
    }


@pytest.mark.parametrize("field", ["permissions_added", "permissions_removed"])
def test_unknown_permission_is_refused(clerk, field):
    answer = clerk.changed(**{field: ["flying.high"]})
    assert (answer.status_code, answer.json["code"], answer.json["field"]) == (422, "unknown_permission", field)


@pytest.mark.parametrize("value", ["orders.view", ["X"], [1], [""], ["a" * 65], None])
def test_bad_permissions_are_refused(clerk, value):
    assert clerk.changed(permissions_added=value).status_code == 422


def test_owner_is_not_reduced(shop):
    owner = Person(shop, "owner")
    answer = owner.changed(permissions_removed=["staff.edit"])
    assert (answer.status_code, answer.json["code"]) == (422, "owner_not_reduced")


def test_promotion_to_owner_forgets_exceptions(shop, clerk):
    clerk.changed(permissions_removed=["stores.view"])
    made = clerk.changed(role="owner").json
    assert (made["role"], made["permissions_removed"]) == ("owner", [])


def test_clerk_can_not_raise_himself(shop, clerk):
    for fields in ({"role": "owner"}, {"permissions_added": ["staff.edit"]}, {"store_ids": []}):
        assert clerk.changed(by=clerk.token, **fields).json["code"] == "permission_missing"


def test_clerk_who_edits_staff_can_not_raise_himself(shop, clerk):
    clerk.changed(permissions_added=["staff.edit"])
    for fields, code in (
        ({"role": "manager"}, "above_own_role"),
        ({"role": "owner"}, "above_own_role"),
        ({"permissions_added": ["staff.edit", "orders.refund"]}, "not_own_to_give"),
    ):
        answer = clerk.changed(by=clerk.token, **fields)
        assert (answer.status_code, answer.json["code"]) == (403, code)
    assert one(shop, "SELECT role FROM staff WHERE id = :id", id=int(clerk.id)) == "clerk"


def test_who_lost_a_permission_does_not_take_it_back(editor):
    editor.changed(permissions_removed=["orders.refund"])
    answer = editor.changed(by=editor.token, permissions_removed=[])
    assert (answer.status_code, answer.json["permissions"]) == (403, ["orders.refund"])


def test_editor_gives_what_he_has_to_those_below(editor, clerk):
    assert clerk.changed(by=editor.token, permissions_added=["orders.refund"]).status_code == 200
    assert clerk.changed(by=editor.token, permissions_added=["settings.edit"]).json["code"] == "not_own_to_give"
    assert clerk.changed(by=editor.token, role="manager").status_code == 200


def test_editor_leaves_in_place_what_somebody_else_gave(editor, clerk):
    clerk.changed(permissions_added=["settings.edit"])
    assert clerk.changed(by=editor.token, permissions_added=["settings.edit", "orders.refund"]).status_code == 200


@pytest.mark.parametrize("fields", [{"password": "taken over"}, {"active": False}, {"role": "clerk"}, {"name": "x"}])
def test_editor_does_not_touch_an_owner(shop, editor, fields):
    owner = Person(shop, "owner")
    assert owner.changed(by=editor.token, **fields).json["code"] == "above_own_role"
    for path in ("two-factor", "sessions"):
        assert shop.delete(f"{API}/staff/{owner.id}/{path}", token=editor.token).json["code"] == "above_own_role"
    assert owner.permissions


def test_editor_does_not_take_over_an_account_with_more_power(shop, editor, clerk):
    clerk.changed(permissions_added=["settings.edit"])
    answer = clerk.changed(by=editor.token, password="taken over")
    assert (answer.status_code, answer.json["code"]) == (403, "not_own_to_give")
    assert login(shop, "taken over", clerk.phone).status_code == 401


def test_editor_makes_no_account_above_his_own_role(shop, editor):
    body = {"phone": "19900000007", "name": "小赵", "password": "long enough", "role": "owner"}
    assert shop.post(f"{API}/staff", token=editor.token, json=body).json["code"] == "above_own_role"
    assert shop.post(f"{API}/staff", token=editor.token, json=body | {"role": "manager"}).status_code == 201


def test_editor_of_one_store_changes_nobody(shop, clerk):
    limited = Person(shop, "manager", (shop.store_id,))
    limited.changed(permissions_added=["staff.edit"])
    for answer in (
        clerk.changed(by=limited.token, name="x"),
        limited.changed(by=limited.token, store_ids=[]),
        shop.delete(f"{API}/staff/{clerk.id}/two-factor", token=limited.token),
    ):
        assert (answer.status_code, answer.json["code"]) == (403, "other_store")


def test_table_of_roles_is_served(shop):
    rows = {row["name"]: row for row in shop.get(REPORTS, token=shop.staff_token).json["items"]}
    assert rows["orders.adjust"] == {
        "name": "orders.adjust",
        "label": "改价",
        "group": "订单",
        "roles": ["owner", "manager"],
    }
