"""Favourites, browsing history and view counts."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import text

from core.catalog.views import KEEP_HISTORY, flush_looks, trail
from core.clock import now, shop_time
from core.db import db
from core.host.due import due_set
from tests.core.catalog_http.test_browsing import ids
from tests.core.shops import make_buyer

STORE = "/store/api/v1"


def settle(shop: Any) -> None:
    """Bring every look to the tables at once."""
    trail.push()
    with shop.bound():
        flush_looks()


def views(shop: Any) -> dict[tuple[str, date], int]:
    with shop.bound():
        rows = db.session.execute(
            text("SELECT s.code, v.day, v.views FROM product_views v JOIN sku s ON s.product_id = v.product_id")
        )
        return {(code, day): count for code, day, count in rows}


def test_favourites_are_kept_once_and_newest_first(shop):
    known, token = ids(shop), shop.buyer_token
    for code in ("MILK", "RICE", "MILK"):
        assert shop.put(f"{STORE}/favourites/{known[code]}", token=token).status_code == 204
    first = shop.get(f"{STORE}/favourites?limit=1", token=token).json
    second = shop.get(f"{STORE}/favourites?limit=1&cursor={first['next_cursor']}", token=token).json
    assert [page["items"][0]["title"] for page in (first, second)] == ["东北大米", "纯牛奶"]
    assert second["next_cursor"] is None
    assert shop.delete(f"{STORE}/favourites/{known['MILK']}", token=token).status_code == 204
    assert [item["title"] for item in shop.get(f"{STORE}/favourites", token=token).json["items"]] == ["东北大米"]


def test_favourite_that_left_the_shelf_says_so(shop):
    milk = ids(shop)["MILK"]
    shop.put(f"{STORE}/favourites/{milk}", token=shop.buyer_token)
    with shop.bound():
        db.session.execute(text("UPDATE product SET on_shelf = false WHERE id = :id"), {"id": int(milk)})
        db.session.commit()
    found = shop.get(f"{STORE}/favourites", token=shop.buyer_token).json["items"]
    assert [(item["title"], item["for_sale"]) for item in found] == [("纯牛奶", False)]


def test_favourite_of_unknown_product_is_404(shop):
    assert shop.put(f"{STORE}/favourites/999999", token=shop.buyer_token).json["code"] == "product_not_found"


def test_favourites_need_a_login(shop, other_shop):
    for method, path in (("GET", "/favourites"), ("PUT", "/favourites/1"), ("GET", "/history"), ("DELETE", "/history")):
        assert shop.request(method, STORE + path).status_code == 401
        assert shop.request(method, STORE + path, token=other_shop.buyer_token).status_code == 403


def test_favourites_with_forged_cursor_is_422(shop):
    for cursor in ("WyJ4Iiwiz", "WyJ4IiwgMV0", "WzEsIDFd", "WyI5OTk5LTEyLTMxVDIzOjU5OjU5LTIzOjU5IiwxXQ"):
        refused = shop.get(f"{STORE}/favourites?cursor={cursor}", token=shop.buyer_token)
        assert (refused.status_code, refused.json["code"]) == (422, "bad_cursor")


def test_looks_are_counted_per_shop_day_cached_or_not(shop):
    known, today = ids(shop), shop_time(now()).date()
    for code in ("MILK", "MILK", "RICE", "MILK"):
        shop.get(f"{STORE}/products/{known[code]}")
    shop.get(f"{STORE}/products/999999")
    settle(shop)
    assert views(shop) == {("MILK", today): 3, ("RICE", today): 1}
    shop.get(f"{STORE}/products/{known['MILK']}")
    settle(shop)
    assert views(shop)["MILK", today] == 4


def test_history_holds_what_a_shopper_looked_at_latest_first(shop):
    known, token = ids(shop), shop.buyer_token
    for code in ("MILK", "RICE"):
        shop.get(f"{STORE}/products/{known[code]}", token=token)
        settle(shop)
    shop.get(f"{STORE}/products/{known['PORK']}")
    settle(shop)
    assert [i["title"] for i in shop.get(f"{STORE}/history", token=token).json["items"]] == ["东北大米", "纯牛奶"]
    assert shop.delete(f"{STORE}/history/{known['RICE']}", token=token).status_code == 204
    assert [i["title"] for i in shop.get(f"{STORE}/history", token=token).json["items"]] == ["纯牛奶"]
    assert shop.delete(f"{STORE}/history", token=token).status_code == 204
    assert shop.get(f"{STORE}/history", token=token).json["items"] == []


def test_history_is_nobody_elses_and_forged_tokens_leave_none(shop):
    with shop.bound():
        _, other = make_buyer(shop, name="other")
        db.session.commit()
    milk = ids(shop)["MILK"]
    shop.get(f"{STORE}/products/{milk}", token=shop.buyer_token)
    shop.get(f"{STORE}/products/{milk}", token=shop.buyer_token[:-2] + "xx")
    settle(shop)
    assert shop.get(f"{STORE}/history", token=other).json["items"] == []
    with shop.bound():
        assert db.session.execute(text("SELECT buyer_id, times FROM browsed")).all() == [(shop.buyer_id, 1)]


def test_history_keeps_the_latest_two_hundred(shop):
    with shop.bound():
        db.session.execute(
            text(
                "WITH p AS (INSERT INTO product (title, min_price_fen, created_at, updated_at)"
                " SELECT 'x', 1, :now, :now FROM generate_series(1, :n) RETURNING id)"
                " INSERT INTO browsed (buyer_id, product_id, times, last_at)"
                " SELECT :buyer, id, 1, :now - make_interval(secs => id) FROM p"
            ),
            {"now": now(), "n": KEEP_HISTORY + 5, "buyer": shop.buyer_id},
        )
        db.session.commit()
    shop.get(f"{STORE}/products/{ids(shop)['MILK']}", token=shop.buyer_token)
    settle(shop)
    with shop.bound():
        assert db.session.execute(text("SELECT count(*) FROM browsed")).scalar_one() == KEEP_HISTORY
    assert shop.get(f"{STORE}/history?limit=1", token=shop.buyer_token).json["items"][0]["title"] == "纯牛奶"


def test_looks_are_due_soon_after_they_were_pushed(shop):
    redis = shop.app.extensions["jishi"].redis
    redis.zrem(due_set("core"), shop.ref.key)
    shop.get(f"{STORE}/products/{ids(shop)['MILK']}")
    trail.push()
    assert 0 < redis.zscore(due_set("core"), shop.ref.key) - now().timestamp() <= 31
