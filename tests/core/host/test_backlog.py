"""The console's list of deliveries that wait for a person."""

from __future__ import annotations

from sqlalchemy import text

from core.db import db
from core.host.outbox import deliver_due, emit, park, subscribe
from core.plugin import OrderReady
from core.staff.models import Staff
from tests.core.host.conftest import deliveries, emit_ready, note, ready, written

PATH = "/console/api/v1/deliveries"


def raises(ctx, session, event):
    raise RuntimeError("broken")


def stuck(shop, consumer: str) -> None:
    with shop.bound():
        deliver_due("plugins")
        deliver_due("core")
        db.session.execute(
            text("UPDATE event_delivery SET state = 'stuck', attempts = 8 WHERE consumer = :consumer"),
            {"consumer": consumer},
        )
        db.session.commit()


def listed(shop) -> list[dict]:
    return shop.get(PATH, token=shop.staff_token).json["items"]


def act(shop, row: dict, action: str) -> int:
    answer = shop.post(f"{PATH}/{row['event_id']}/{row['consumer']}/{action}", token=shop.staff_token)
    return answer.status_code


def test_list_tells_plugin_event_order_error_and_since(shop, on):
    on("lottery", raises)
    emit_ready(shop, 7)
    stuck(shop, "lottery")
    (row,) = listed(shop)
    since = row.pop("since")
    event_id = row.pop("event_id")
    assert row == {
        "consumer": "lottery", "plugin": "lottery", "event": "order.ready", "number": "7", "state": "stuck",
        "attempts": 8, "error": "RuntimeError: broken",
    }
    assert (event_id.isdigit(), since[:2]) == (True, "20")


def test_what_is_done_or_still_being_tried_is_not_listed(shop, on):
    on("lottery", raises)
    on("raffle", note)
    emit_ready(shop, 1)
    with shop.bound():
        deliver_due("plugins")
    assert listed(shop) == []


def test_parked_and_gone_are_both_parked_and_wait_for_the_plugin(shop, plugins, on):
    for name in ("off", "gone"):
        on(name, note)
    emit_ready(shop, 1)
    plugins.switch(shop, "off", "off")
    plugins.remove("gone")
    with shop.bound():
        park("off")
        db.session.commit()
    rows = listed(shop)
    assert [(row["plugin"], row["state"]) for row in rows] == [("off", "parked"), ("gone", "parked")]
    assert [act(shop, row, "retry") for row in rows] == [409, 409]
    assert [act(shop, row, "skip") for row in rows] == [204, 204]
    assert listed(shop) == []


def test_retry_gives_all_tries_again(shop, plugins, on):
    on("lottery", raises)
    emit_ready(shop, 1)
    stuck(shop, "lottery")
    plugins.remove("lottery")
    plugins.add("lottery", note)
    assert act(shop, listed(shop)[0], "retry") == 204
    with shop.bound():
        assert deliveries() == [("lottery", "pending", 0)]
        deliver_due("plugins")
        assert written() == ["order-1"]


def test_skipped_is_never_told_and_is_in_the_record(shop, plugins, on):
    on("lottery", note)
    emit_ready(shop, 1)
    stuck(shop, "lottery")
    row = listed(shop)[0]
    assert [act(shop, row, "skip"), act(shop, row, "skip"), act(shop, row, "retry")] == [204, 404, 404]
    with shop.bound():
        assert [state for _, state, _ in deliveries()] == ["skipped"]
        lines = db.session.execute(text("SELECT action, target, detail FROM audit_log")).all()
        assert [tuple(line) for line in lines] == [
            ("deliveries.skip", f"event:{row['event_id']}", {"consumer": "lottery"})
        ]


def test_consumers_of_the_core_are_listed_without_a_plugin(shop, plugins):
    def fails(event):
        raise RuntimeError("WeChat says no")

    subscribe(OrderReady, "core.notices", fails)
    emit_ready(shop, 1)
    stuck(shop, "core.notices")
    (row,) = listed(shop)
    assert (row["plugin"], row["consumer"], row["error"]) == (None, "core.notices", "RuntimeError: WeChat says no")
    assert act(shop, row, "retry") == 204


def test_pages_follow_each_other(shop, on):
    on("lottery", raises)
    on("raffle", raises)
    emit_ready(shop, 1, 2)
    for consumer in ("lottery", "raffle"):
        stuck(shop, consumer)
    seen, cursor = [], ""
    while cursor is not None:
        page = shop.get(f"{PATH}?limit=3&cursor={cursor}", token=shop.staff_token).json
        seen += [(row["number"], row["consumer"]) for row in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [("2", "raffle"), ("2", "lottery"), ("1", "raffle"), ("1", "lottery")]


def test_nobody_else_may(shop, other_shop, on):
    on("lottery", raises)
    emit_ready(shop, 1)
    stuck(shop, "lottery")
    (row,) = listed(shop)
    assert shop.get(PATH).status_code == 401
    assert act(other_shop, row, "retry") == 404
    with shop.bound():
        db.session.query(Staff).update({"role": "manager"})
        db.session.commit()
    assert shop.get(PATH, token=shop.staff_token).status_code == 403


def test_unspeakable_keys_are_not_found(shop, plugins):
    for consumer in ("a%00b", "x" * 80, "Ä"):
        answer = shop.post(f"{PATH}/1/{consumer}/skip", token=shop.staff_token)
        assert answer.status_code == 404
    with shop.bound():
        emit(ready(1))
        db.session.commit()
    assert shop.post(f"{PATH}/1/lottery/skip", token=shop.staff_token).status_code == 404


def test_counts_tell_what_plugins_still_have_to_hear(shop, on):
    def counted():
        return shop.get(f"{PATH}/counts", token=shop.staff_token).json

    assert counted() == {"pending": 0, "stuck": 0, "parked": 0}
    on("lottery", raises)
    emit_ready(shop, 1)
    emit_ready(shop, 2)
    assert counted() == {"pending": 2, "stuck": 0, "parked": 0}
    stuck(shop, "lottery")
    assert counted() == {"pending": 0, "stuck": 2, "parked": 0}
