from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from core.clock import now, travel
from core.db import db
from core.host import chores, consumers, due
from core.host.delivery import MAX_ATTEMPTS
from core.host.outbox import deliver_due, emit, subscribe
from core.plugin import OrderReady
from core.services import services
from core.settings.models import ShopSetting


def ready(order_id: int = 1) -> OrderReady:
    return OrderReady(order_id=order_id, number=str(order_id), channel="online", store_id=1, buyer_id=None, pickup_code=None)


@pytest.fixture
def own(monkeypatch):
    monkeypatch.setattr(consumers, "_handlers", {})


def deliveries() -> list[tuple]:
    rows = db.session.execute(text("SELECT consumer, state, attempts FROM event_delivery ORDER BY event_id, consumer"))
    return [tuple(row) for row in rows]


def test_event_without_consumers_leaves_no_delivery(shop, own):
    with shop.bound():
        emit(ready())
        db.session.commit()
        assert deliveries() == []
        assert db.session.execute(text("SELECT aggregate, payload->>'number' FROM event")).one() == ("order:1", "1")


def test_rolled_back_event_never_happened(shop, own):
    subscribe(OrderReady, "a", lambda event: None)
    with shop.bound():
        emit(ready())
        db.session.rollback()
        assert deliver_due() == 0


def test_delivery_commits_the_handlers_writes_and_done_together(shop, own):
    def handle(event):
        seen = text("INSERT INTO shop_setting (name, value, updated_at) VALUES ('seen', to_jsonb(:id), now())")
        db.session.execute(seen, {"id": event.id})

    subscribe(OrderReady, "a", handle)
    with shop.bound():
        emit(ready())
        db.session.commit()
        assert deliver_due() == 1
        assert deliver_due() == 0
        assert deliveries() == [("a", "done", 1)]
        assert db.session.get(ShopSetting, "seen").value == 1


def test_failing_handler_leaves_nothing_and_is_tried_until_stuck(shop, own):
    def handle(event):
        db.session.execute(text("INSERT INTO shop_setting (name, value, updated_at) VALUES ('half', '1', now())"))
        raise RuntimeError("broken")

    subscribe(OrderReady, "a", handle)
    subscribe(OrderReady, "b", lambda event: None)
    with shop.bound():
        emit(ready())
        db.session.commit()
        for attempt in range(MAX_ATTEMPTS):
            with travel(attempt * 4000):
                deliver_due()
        assert deliveries() == [("a", "stuck", MAX_ATTEMPTS), ("b", "done", 1)]
        assert db.session.get(ShopSetting, "half") is None
        error = db.session.execute(text("SELECT last_error FROM event_delivery WHERE consumer = 'a'")).scalar_one()
        assert error == "RuntimeError: broken"


def test_deliveries_of_one_order_keep_their_order(shop, own):
    seen = []

    def handle(event):
        if not seen and event.payload["order_id"] == 1:
            seen.append("refused")
            raise RuntimeError("not yet")
        seen.append(event.payload["pickup_code"])

    subscribe(OrderReady, "a", handle)
    with shop.bound():
        for code in ("one", "two"):
            emit(OrderReady(order_id=1, number="1", channel="online", store_id=1, buyer_id=None, pickup_code=code))
        db.session.commit()
        deliver_due()
        assert seen == ["refused"]
        with travel(60):
            deliver_due()
        assert seen == ["refused", "one", "two"]


def test_four_workers_deliver_every_event_once(shop, own):
    seen: list[int] = []
    subscribe(OrderReady, "a", lambda event: seen.append(event.payload["order_id"]))
    with shop.bound():
        emit(*(ready(n) for n in range(200)))
        db.session.commit()

    def work(_: int) -> None:
        with shop.bound():
            deliver_due()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with shop.bound():
        deliver_due()
    assert sorted(seen) == list(range(200))


def test_emitting_for_a_consumer_marks_the_tenant_due_after_commit(shop, own):
    subscribe(OrderReady, "a", lambda event: None)
    with shop.bound():
        services().redis.zrem(due.due_set("core"), shop.ref.key)
        emit(ready())
        assert services().redis.zscore(due.due_set("core"), shop.ref.key) is None
        db.session.commit()
        assert services().redis.zscore(due.due_set("core"), shop.ref.key) is not None
        assert shop.ref.key in due.take()
        assert shop.ref.key not in due.take()


def test_next_due_finds_work_that_no_hint_told_of(shop, own):
    subscribe(OrderReady, "a", lambda event: None)
    with shop.bound():
        emit(ready())
        db.session.commit()
        due_at = db.session.execute(text("SELECT due_at FROM event_delivery")).scalar_one()
        assert chores.next_due() == due_at
        services().redis.zrem(due.due_set("core"), shop.ref.key)
        chores.schedule()
        assert services().redis.zscore(due.due_set("core"), shop.ref.key) <= now().timestamp()


def test_delivered_event_is_nothing_to_do_any_more(shop, own):
    subscribe(OrderReady, "a", lambda event: None)
    with shop.bound():
        before = chores.next_due()
        emit(ready())
        db.session.commit()
        deliver_due()
        assert chores.next_due() == before
