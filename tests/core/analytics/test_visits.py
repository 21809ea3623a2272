"""Where shoppers come from: visits, first and last touch, and what is left when a buyer is erased."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.analytics import visits
from core.analytics.scenes import scene_name, source_of
from core.analytics.sources import sources
from core.buyers import privacy
from core.clock import travel
from core.db import db
from tests.core.analytics.selling import keep_up, rebuilt, rollups, today
from tests.core.console_http.acting import one, order

PATH = "/store/api/v1/visits"
PHONE, TABLET = "visitor-0123456789", "tablet-0123456789a"
HOUR, DAY = 3600, 86_400


def visit(shop, scene, seconds=0, visitor=PHONE, known=True, store_id=None):
    with shop.bound(), travel(seconds):
        visits.record(visitor, scene, store_id, shop.buyer_id if known else None)
        db.session.commit()


def by_scene(shop, touch):
    with shop.bound():
        found = sources(today(), None, touch)
        return {scene.scene: scene for source in found for scene in source.scenes}


def test_visit_over_http_counts_once_a_day_and_scene(shop):
    body = {"visitor": PHONE, "scene": "1047", "store_id": str(shop.store_id)}
    assert [shop.post(PATH, json=body).status_code for _ in range(3)] == [204, 204, 204]
    assert shop.post(PATH, json={**body, "scene": "poster-12"}).status_code == 204
    assert one(shop, "SELECT count(*), count(buyer_id) FROM visit") == (2, 0)
    keep_up(shop)
    found = by_scene(shop, "last")
    assert {scene: (row.visits, row.visitors) for scene, row in found.items()} == {"1047": (1, 1), "poster-12": (1, 1)}
    query = "SELECT visits, visitors FROM rollup_visit WHERE scene = '*' AND store_id = :store"
    assert [one(shop, query, store=store) for store in (0, shop.store_id)] == [(2, 1), (2, 1)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"visitor": "short"}, "visitor"),
        ({"visitor": PHONE + "\n"}, "visitor"),
        ({"scene": ""}, "scene"),
        ({"scene": "x" * 33}, "scene"),
        ({"scene": "*"}, "scene"),
        ({"scene": None}, "scene"),
        ({"store_id": "0"}, "store_id"),
    ],
)
def test_visit_with_a_bad_value_names_the_field(shop, change, field):
    answer = shop.post(PATH, json={"visitor": PHONE, "scene": "1047", **change})
    assert (answer.status_code in {404, 422}, answer.json["field"]) == (True, field)


def test_visit_with_a_bad_token_is_refused(shop):
    token = shop.buyer_token[:-3] + "xxx"
    assert shop.post(PATH, json={"visitor": PHONE, "scene": "1047"}, token=token).status_code == 401


def test_visits_beyond_the_pace_of_people_are_refused(shop, monkeypatch):
    monkeypatch.setattr(visits, "VISITS_PER_MINUTE", 2)
    answers = [shop.post(PATH, json={"visitor": PHONE, "scene": "1047"}).status_code for _ in range(6)]
    assert (answers[:2], answers[-1]) == ([204, 204], 429)


def test_first_touch_is_the_scene_of_the_visit_before_the_login(shop):
    visit(shop, "1047", -3 * HOUR, known=False)
    visit(shop, "1011", -2 * HOUR, known=False)
    assert shop.post(PATH, json={"visitor": PHONE, "scene": "1005"}, token=shop.buyer_token).status_code == 204
    assert one(shop, "SELECT scene FROM buyer_touch WHERE buyer_id = :b", b=shop.buyer_id) == "1047"
    assert one(shop, "SELECT count(*), count(buyer_id) FROM visit") == (3, 3)


def test_touches_of_an_order_are_the_first_visit_and_the_latest_before_it(shop):
    visit(shop, "1047", -3 * HOUR)
    visit(shop, "1007", -2 * HOUR, visitor=TABLET)
    order(shop, ("MILK", "1"))
    visit(shop, "1053", 60)
    keep_up(shop)
    first, last = by_scene(shop, "first"), by_scene(shop, "last")
    assert {s: (r.orders, r.paid_fen, r.new_buyers) for s, r in first.items() if r.orders} == {"1047": (1, 1280, 1)}
    assert {s: (r.orders, r.paid_fen, r.new_buyers) for s, r in last.items() if r.orders} == {"1007": (1, 1280, 1)}


def test_visit_of_more_than_seven_days_before_is_no_last_touch(shop):
    visit(shop, "1047", -8 * DAY)
    order(shop, ("MILK", "1"))
    keep_up(shop)
    assert {s: r.orders for s, r in by_scene(shop, "last").items() if r.orders} == {"": 1}
    assert {s: r.orders for s, r in by_scene(shop, "first").items() if r.orders} == {"1047": 1}


def test_visitor_known_after_the_order_changes_its_day(shop):
    visit(shop, "1047", -HOUR, known=False)
    order(shop, ("MILK", "1"))
    keep_up(shop)
    assert {s: r.orders for s, r in by_scene(shop, "last").items() if r.orders} == {"": 1}
    visit(shop, "1089", 120)
    keep_up(shop)
    for touch in ("first", "last"):
        assert {s: r.orders for s, r in by_scene(shop, touch).items() if r.orders} == {"1047": 1}
    assert rollups(shop) == rebuilt(shop)


def test_erased_buyer_leaves_visits_that_lead_to_nobody(shop):
    visit(shop, "1047")
    visit(shop, "1011", visitor=TABLET, known=False)
    number = order(shop, ("MILK", "1"))
    keep_up(shop)
    with shop.bound():
        assert [row["scene"] for row in privacy.export(shop.buyer_id)["visits"]] == ["1047"]
        db.session.execute(text("UPDATE orders SET state = 'completed' WHERE number = :n"), {"n": number})
        privacy.erase(shop.buyer_id)
        db.session.commit()
        rows = db.session.execute(text("SELECT scene, buyer_id, visitor FROM visit ORDER BY scene")).all()
    assert [(row.scene, row.buyer_id) for row in rows] == [("1011", None), ("1047", None)]
    assert (rows[0].visitor, rows[1].visitor.startswith("erased."), PHONE in rows[1].visitor) == (TABLET, True, False)
    assert one(shop, "SELECT count(*) FROM buyer_touch") == 0
    keep_up(shop)
    assert one(shop, "SELECT count(*) FROM rollup_buyer") == 0
    assert rollups(shop) == rebuilt(shop)


@pytest.mark.parametrize(
    ("scene", "source", "name"),
    [
        ("1047", "scan", "扫描小程序码"),
        ("1006", "search", "小程序入口搜索框"),
        ("1044", "share", "带群信息的卡片"),
        ("1067", "official", "公众号文章广告"),
        ("1068", "nearby", "附近的小程序广告"),
        ("1999", "other", "场景 1999"),
        ("poster-12", "own", "poster-12"),
        ("", "none", "无来源"),
    ],
)
def test_scene_belongs_to_a_source_and_has_a_name(scene, source, name):
    assert (source_of(scene), scene_name(scene)) == (source, name)
