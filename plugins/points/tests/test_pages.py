"""What shoppers see: slots of native pages, pages of points, and the routes behind them."""

from datetime import timedelta

from core.plugin import Slot

from .. import blocks, hooks


def texts(page: dict) -> list[str]:
    return [block["type"] for block in page["blocks"]]


def test_member_centre_shows_balance_and_ways(points_on, grant, store, tenant):
    points_on()
    grant(1500, expires_at=tenant.context().now + timedelta(days=3))
    slots = store.get("/profile").json["slots"]
    (stat,) = slots["member.header"]
    figures = {item["label"]: item["value"] for item in stat["props"]["items"]}
    assert figures == {"积分": "1,500", "30 天内到期": "1,500", "成长值": "0", "等级": "普通会员"}
    (ways,) = slots["member.services"]
    assert [item["text"] for item in ways["props"]["items"]] == ["积分商城", "积分明细", "积分任务"]


def test_product_tells_what_it_earns_and_how_points_count(points_on, store, tenant):
    points_on(per_yuan=2)
    slots = store.get(f"/products/{tenant.products['MILK']}").json["slots"]
    (promo,) = slots["product.promo"]
    assert promo["props"]["text"] == "每消费 1 元赠 2 积分 · 100 积分抵 1 元"


def test_checkout_offers_a_stepper_up_to_the_most(points_on, grant, quote):
    points_on()
    grant(5000)
    plain = quote({"MILK": 2})["slots"]["checkout.fields"][0]["props"]["fields"][0]
    chosen = quote({"MILK": 2}, choices={"points": {"use": 300}})["slots"]["checkout.fields"][0]["props"]["fields"][0]
    assert (plain["kind"], plain["name"], plain["value"], plain["max"]) == ("stepper", "use", 0, 1280)
    assert (chosen["value"], chosen["max"], chosen["help"]) == (
        300, 1280, "可用 5000 积分，本单最多使用 1280 积分，抵 12.80 元",
    )  # fmt: skip


def test_checkout_offers_nothing_without_points(points_on, quote):
    points_on()
    assert "checkout.fields" not in quote({"MILK": 2})["slots"]


def test_home_page_of_points(points_on, grant, store, tenant):
    points_on(sign_in_points=5)
    grant(100, available_at=tenant.context().now + timedelta(days=1))
    page = store.get("/pages/points/home").json
    assert texts(page) == ["stat", "text", "text", "card", "nav-grid"]
    assert page["blocks"][1]["props"]["text"] == "冻结中 100"
    assert page["blocks"][2]["props"]["text"] == "再得 1000 成长值升级为银卡会员"


def test_pages_ask_visitors_to_log_in(points_on, tenant):
    points_on()
    for name in ("home", "log", "tasks"):
        assert texts(tenant.store().get(f"/pages/points/{name}").json) == ["notice", "button"]
    assert tenant.store().get("/pages/points/nothing").status_code == 404


def test_log_goes_on_page_by_page(points_on, grant, store):
    points_on()
    for number in range(blocks.LOG_PAGE + 2):
        grant(number + 1, f"log-row-{number:03d}")
    page = store.get("/pages/points/log").json
    older = page["blocks"][1]["props"]["action"]["params"]
    rest = store.get("/pages/points/log", query_string=older).json
    assert [len(p["blocks"][0]["props"]["items"]) for p in (page, rest)] == [blocks.LOG_PAGE, 2]
    assert page["blocks"][0]["props"]["items"][0]["value"] == f"+{blocks.LOG_PAGE + 2}"
    assert texts(rest) == ["list"]


def test_log_route_has_cursors(points_on, grant, store):
    points_on()
    for number in range(3):
        grant(number + 1, f"log-row-{number:03d}")
    first = store.get("/plugins/points/log", query_string={"limit": 2}).json
    rest = store.get("/plugins/points/log", query_string={"limit": 2, "cursor": first["next_cursor"]}).json
    assert [row["points"] for row in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None


def test_gift_route_lists_what_is_on_offer(points_on, store, tenant):
    points_on()
    tenant.execute(
        "INSERT INTO points_gift (sku_id, points, cash_fen, per_buyer, stock, active) SELECT id, 100, 50, 2, 9, true"
        " FROM sku WHERE code = 'MILK'"
    )
    (item,) = store.get("/plugins/points/gifts").json["items"]
    assert (item["title"], item["points"], item["cash_fen"], item["left"], item["mine_left"]) == ("纯牛奶", 100, 50, 9, 2)


def test_routes_are_for_shoppers_who_are_logged_in(points_on, tenant):
    points_on()
    for path in ("balance", "log", "gifts"):
        assert tenant.store().get(f"/plugins/points/{path}").status_code == 401


def test_paid_order_tells_what_it_will_bring(points_on, place_order, pay, run_events, tenant):
    points_on()
    order = place_order({"MILK": 1})
    pay(order)
    run_events()
    with tenant.bound():
        (notice,) = hooks.storefront_blocks(tenant.context(), Slot("pay.done", order_id=order.id))
    assert notice.props["text"] == "完成订单后可得 12 积分"


def test_checkin_card_for_the_home_page(points_on, tenant):
    points_on(sign_in_points=5)
    (kind,) = hooks.storefront_block_kinds()
    with tenant.bound():
        (card,) = kind.render(tenant.context(), {"heading": "天天有礼"})
    assert (kind.name, card.type, card.props["title"], card.children[0].props["text"]) == (
        "checkin", "card", "天天有礼", "签到领 5 积分",
    )  # fmt: skip
