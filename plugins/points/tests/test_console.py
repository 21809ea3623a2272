"""What staff see and do: figures, levels, gifts, members, adjustments; and what the host's pages show of points."""

import pytest

from core.plugin.data import session

from .. import hooks

LEVEL = {"name": "黑卡会员", "growth": 50_000, "price_percent": 88, "earn_percent": 200}


def adjusting(points: int, key: str = "adjust-0001") -> dict:
    return {"points": points, "reason": "补偿", "key": key}


def test_adjustment_has_a_reason_and_is_audited_once(points_on, console, buyer, tenant):
    points_on()
    path = f"/plugins/points/members/{buyer.id}/adjust"
    for _ in range(2):
        answer = console.post(path, json=adjusting(120))
        assert (answer.status_code, answer.json["balance"]) == (200, 120)
    rows = tenant.rows("SELECT action, target, detail FROM audit_log WHERE action = 'points.adjust'")
    assert rows == [("points.adjust", f"buyer:{buyer.id}", {"points": 120, "reason": "补偿"})]
    log = console.get(f"/plugins/points/members/{buyer.id}/log").json["items"]
    assert [(row["points"], row["title"], row["note"]) for row in log] == [(120, "商家调整", "补偿")]


def test_adjustment_takes_no_more_than_there_is(points_on, grant, console, buyer, balance):
    points_on()
    grant(100)
    path = f"/plugins/points/members/{buyer.id}/adjust"
    answer = console.post(path, json=adjusting(-101))
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (
        409, "points_adjust_short", "该会员只有 100 积分",
    )  # fmt: skip
    assert console.post(path, json=adjusting(-100)).json["balance"] == 0
    assert balance() == (0, 0)


def test_adjustment_with_a_used_key_for_something_else(points_on, console, buyer):
    points_on()
    path = f"/plugins/points/members/{buyer.id}/adjust"
    console.post(path, json=adjusting(5))
    assert console.post(path, json=adjusting(6)).json["code"] == "points_key_reused"


@pytest.mark.parametrize("body", [adjusting(0), {**adjusting(1), "reason": " "}, {**adjusting(1), "key": "short"}])
def test_adjustment_without_sense_is_refused(points_on, console, buyer, body):
    points_on()
    assert console.post(f"/plugins/points/members/{buyer.id}/adjust", json=body).status_code == 422


def test_clerk_sees_but_does_not_adjust(points_on, tenant, buyer):
    points_on()
    clerk = tenant.console(tenant.add_staff("clerk"))
    assert clerk.get(f"/plugins/points/members/{buyer.id}").status_code == 200
    assert clerk.post(f"/plugins/points/members/{buyer.id}/adjust", json=adjusting(5)).status_code == 403
    assert clerk.post("/plugins/points/levels", json=LEVEL).status_code == 403


def test_member_of_nobody(points_on, console):
    points_on()
    assert console.get("/plugins/points/members/999").status_code == 404


def test_members_by_page_and_by_number(points_on, grant, console, buyer, tenant):
    points_on()
    other = tenant.add_buyer("M0002", "13800000002")
    grant(10)
    grant(20, to=other)
    first = console.get("/plugins/points/members", query_string={"limit": 1}).json
    rest = console.get("/plugins/points/members", query_string={"limit": 5, "cursor": first["next_cursor"]}).json
    assert [item["balance"] for item in first["items"] + rest["items"]] == [20, 10]
    found = console.get("/plugins/points/members", query_string={"term": "M0002"}).json["items"]
    assert [(item["buyer_id"], item["phone_tail"]) for item in found] == [(str(other.id), "0002")]


def test_levels_are_added_changed_and_removed(points_on, grant, console, tenant):
    points_on()
    grant(1)
    added = console.post("/plugins/points/levels", json=LEVEL)
    path = f"/plugins/points/levels/{added.json['id']}"
    assert (added.status_code, added.json["members"]) == (201, 0)
    assert console.post("/plugins/points/levels", json=LEVEL).json["code"] == "points_level_growth"
    assert console.put(path, json={**LEVEL, "growth": 0}).json["code"] == "points_level_growth"
    assert console.put(path, json={**LEVEL, "price_percent": 85}).json["price_percent"] == 85
    assert console.delete(path).status_code == 204
    assert console.delete(path).status_code == 404
    names = [item["name"] for item in console.get("/plugins/points/levels").json["items"]]
    assert names == ["普通会员", "银卡会员", "金卡会员", "钻石会员"]


def test_members_of_a_removed_level_fall_to_what_they_reach(points_on, grant, console, tenant):
    points_on()
    grant(1)
    gold = tenant.one("SELECT id FROM points_level WHERE name = '金卡会员'")
    tenant.execute("UPDATE points_member SET level_id = :gold, growth = 2000", gold=gold)
    console.delete(f"/plugins/points/levels/{gold}")
    assert tenant.one("SELECT l.name FROM points_member m JOIN points_level l ON l.id = m.level_id") == "银卡会员"


def test_gifts_are_added_and_changed(points_on, console, tenant):
    points_on()
    gift = {"sku_id": str(tenant.skus["MILK"]), "points": 100, "stock": 5}
    added = console.post("/plugins/points/gifts", json=gift)
    assert (added.status_code, added.json["title"], added.json["list_price_fen"]) == (201, "纯牛奶", 1280)
    path = f"/plugins/points/gifts/{added.json['id']}"
    tenant.execute("UPDATE points_gift SET taken = 3")
    assert console.put(path, json={**gift, "stock": 2}).json["detail"] == "库存不能少于已兑换的 3 件"
    assert console.put(path, json={**gift, "cash_fen": 1280}).json["code"] == "points_gift_cash"
    assert console.put(path, json={**gift, "sku_id": "999"}).json["code"] == "points_sku_unknown"
    assert console.put(path, json={**gift, "active": False}).json["active"] is False
    assert console.put("/plugins/points/gifts/999", json=gift).status_code == 404
    assert [item["taken"] for item in console.get("/plugins/points/gifts").json["items"]] == [3]


def test_dashboard_card_counts_the_last_30_days(points_on, grant, place_order, console):
    points_on()
    grant(500)
    place_order({"MILK": 1}, choices={"points": {"use": 200}})
    figures = console.get("/plugins/points/overview").json
    assert figures == {"issued": 0, "redeemed": 200, "expired": 0, "outstanding": 300}


def test_product_form_keeps_what_is_unusual(points_on, tenant):
    points_on()
    milk, rice = tenant.products["MILK"], tenant.products["RICE"]
    with tenant.bound():
        hooks.save_product_form(session, milk, {"spends": False, "earns": True})
        (section,) = hooks.product_form_sections((milk, rice))
        assert dict(section.values) == {milk: {"spends": False, "earns": True}, rice: {"spends": True, "earns": True}}
        hooks.save_product_form(session, milk, {"spends": True, "earns": True})
        session.commit()
    assert tenant.rows("SELECT * FROM points_product") == []


def test_order_panel_tells_what_points_did(points_on, grant, place_order, pay, shopper, run_events, refund):
    points_on()
    grant(300)
    order = place_order({"MILK": 3}, choices={"points": {"use": 300}})
    pay(order)
    run_events()
    refund(order, {"MILK": 1})
    run_events()
    panel = shopper.store.get(f"/orders/{order.number}").json["extensions"]["points"]
    assert panel["rows"] == [
        ["使用积分", "300 积分，抵 3.00 元"], ["已退回积分", "100 积分"], ["赠送积分", "35 积分，订单完成后发放"],
        ["退款扣回", "11 积分"],
    ]  # fmt: skip


def test_member_columns(points_on, grant, tenant, buyer):
    points_on()
    grant(300)
    with tenant.bound():
        balance, level = hooks.table_columns("members", (buyer.id, 999))
        assert (dict(balance.values), dict(level.values)) == ({buyer.id: "300"}, {buyer.id: "普通会员"})
        assert hooks.table_columns("orders", (1,)) == []


def test_open_order_keeps_points_from_going_off(
    points_on, plugin_off, grant, place_order, cancel, run_events, run_jobs, tenant
):
    points_on()
    grant(100)
    order = place_order({"MILK": 1}, choices={"points": {"use": 100}})
    plugin_off("points")
    assert tenant.state("points") == "closing"
    cancel(order)
    run_events()
    run_jobs()
    assert tenant.state("points") == "off"
