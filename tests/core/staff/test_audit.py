"""The record of what was done: filtered, paged, never told to another shop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.staff import audit
from tests.core.console_http.acting import staff_token
from tests.core.staff.acting import API, SESSION

AUDIT = f"{API}/audit"


def write(shop, action: str, target: str, days_ago: int = 0, staff_id: int | None = None) -> None:
    with shop.bound():
        db.session.execute(
            text(
                "INSERT INTO audit_log (at, actor, actor_id, action, target, detail)"
                " VALUES (:at, :actor, :id, :action, :target, '{}')"
            ),
            {
                "at": now() - timedelta(days=days_ago),
                "actor": "staff" if staff_id else "system",
                "id": staff_id,
                "action": action,
                "target": target,
            },
        )
        db.session.commit()


@pytest.fixture
def log(shop):
    write(shop, "orders.adjust", "order:1", days_ago=9, staff_id=shop.staff_id)
    write(shop, "orders.cancel", "order:2", days_ago=5)
    write(shop, "ordersx.other", "order:1", days_ago=4)
    write(shop, "staff.create", "staff:1", days_ago=1, staff_id=shop.staff_id)
    return shop


def found(shop, **filters) -> list[str]:
    answer = shop.get(AUDIT, token=shop.staff_token, query_string=filters)
    assert answer.status_code == 200, answer.text
    return [item["action"] for item in answer.json["items"]]


def test_everything_is_listed_newest_first(log):
    assert found(log) == ["staff.create", "ordersx.other", "orders.cancel", "orders.adjust"]


@pytest.mark.parametrize(
    ("filters", "actions"),
    [
        ({"action": "orders."}, ["orders.cancel", "orders.adjust"]),
        ({"action": "orders.adjust"}, ["orders.adjust"]),
        ({"action": "order"}, ["ordersx.other", "orders.cancel", "orders.adjust"]),
        ({"action": "orders_"}, []),
        ({"target": "order:1"}, ["ordersx.other", "orders.adjust"]),
        ({"target": "order:1", "action": "orders."}, ["orders.adjust"]),
        ({"target": "order:"}, []),
    ],
)
def test_log_is_filtered(log, filters, actions):
    assert found(log, **filters) == actions


def test_log_is_filtered_by_person(log):
    assert found(log, actor_id=str(log.staff_id)) == ["staff.create", "orders.adjust"]
    assert found(log, actor_id="999999") == []
    assert found(log, actor="system") == ["ordersx.other", "orders.cancel"]
    assert found(log, actor="support") == []


def test_log_is_filtered_by_period(log):
    def day(ago: int) -> str:
        return (now() - timedelta(days=ago, hours=1)).isoformat()

    assert found(log, since=day(5), until=day(3)) == ["ordersx.other", "orders.cancel"]
    assert found(log, until=day(5)) == ["orders.adjust"]


def test_filtered_log_is_paged(log):
    first = log.get(AUDIT, token=log.staff_token, query_string={"action": "orders", "limit": 2}).json
    cursor = {"action": "orders", "limit": 2, "cursor": first["next_cursor"]}
    rest = log.get(AUDIT, token=log.staff_token, query_string=cursor).json
    assert [item["action"] for item in (*first["items"], *rest["items"])] == [
        "ordersx.other",
        "orders.cancel",
        "orders.adjust",
    ]
    assert rest["next_cursor"] is None


def test_entries_have_a_label_for_people(log):
    items = log.get(AUDIT, token=log.staff_token).json["items"]
    assert [item["label"] for item in items] == ["新建员工账号", "ordersx.other", "取消订单", "改价"]


@pytest.mark.parametrize(
    "query", ["actor_id=x", "actor=god", "action=A", "target=a%20b", "since=yesterday", "limit=0", "limit=101", "cursor=x"]
)
def test_bad_filter_is_refused(shop, query):
    assert shop.get(f"{AUDIT}?{query}", token=shop.staff_token).status_code == 422


def test_log_needs_its_permission(log):
    assert log.get(AUDIT, token=staff_token(log, "clerk")).status_code == 403
    assert log.get(AUDIT, token=staff_token(log, "manager")).status_code == 200


def test_log_of_another_shop_is_not_read(log, other_shop):
    assert found(other_shop) == []


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"target": "order:1"}, "ix_audit_log_target"),
        ({"actor_id": 1}, "ix_audit_log_actor_id"),
        ({"action": "orders.adjust"}, "ix_audit_log_action"),
        ({"before": 1}, "pk_audit_log"),
    ],
)
def test_filters_are_answered_by_an_index(shop, filters, index):
    with shop.bound():
        db.session.execute(
            text(
                "INSERT INTO audit_log (at, actor, actor_id, action, target, detail) SELECT now(), 'staff', n, "
                "'orders.a' || n, 'order:' || n, '{}' FROM generate_series(1, 3000) n"
            )
        )
        statement = audit._statement(*filters)
        values = {**filters, "limit": 20, "action_end": "orders.adjust\U0010ffff"}
        plan = db.session.execute(text(f"EXPLAIN {statement.text}"), values).scalars().all()
        db.session.rollback()
    assert any(index in line for line in plan), plan


def test_act_without_a_request_is_the_systems(shop):
    with shop.bound():
        audit.record("plugins.disable", "plugin:x", why="test")
        audit.record_as(shop.staff_id, "staff.locked", "staff:1")
        rows = [(row.actor, row.actor_name, row.detail) for row in audit.entries(10)]
        db.session.rollback()
    assert rows == [("staff", "店长", {}), ("system", None, {"why": "test"})]
    assert shop.get(SESSION, token=shop.staff_token).status_code == 200
