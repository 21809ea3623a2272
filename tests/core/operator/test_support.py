"""Entering a shop: a reason, a ticket used once, an hour, the merchant's line, and what support may not do."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.operator import accounts, acts, log, support
from core.operator.domain import NOT_FOR_SUPPORT
from core.operator.errors import ReasonMissing, ShopNotOpen, TicketInvalid
from core.staff.domain import ROLES
from core.staff.errors import PermissionMissing, SessionExpired
from tenants.errors import UnknownTenant

REASON = "商户反馈订单页打不开"


def entered(operator, shop):
    ticket = support.enter(operator.facts, shop.ref.id, REASON)
    with shop.bound():
        return support.redeem(ticket.ticket)


@pytest.mark.parametrize("reason", ["", "看看", "    四个字啊  ", "看" * 201])
def test_entry_without_a_reason_is_refused(operator, shop, reason):
    with pytest.raises(ReasonMissing):
        support.enter(operator.facts, shop.ref.id, reason)
    assert support.entries_of(shop.ref.id) == []


def test_entry_into_an_unknown_or_suspended_shop_is_refused(operator, shop):
    with pytest.raises(UnknownTenant):
        support.enter(operator.facts, 2**40, REASON)
    acts.suspend(operator.facts, shop.ref.id, "欠费三个月未处理")
    with pytest.raises(ShopNotOpen):
        support.enter(operator.facts, shop.ref.id, REASON)


def test_ticket_names_the_shops_host(operator, shop):
    ticket = support.enter(operator.facts, shop.ref.id, REASON)
    assert ticket.address == f"{shop.ref.slug}.localhost"


def test_ticket_becomes_a_token_once(operator, shop):
    ticket = support.enter(operator.facts, shop.ref.id, REASON)
    with shop.bound():
        token = support.redeem(ticket.ticket).token
        with pytest.raises(TicketInvalid):
            support.redeem(ticket.ticket)
        facts = support.find(token)
    assert (facts.id, facts.name, facts.actor, facts.entry_id, facts.reason, facts.stores) == (
        0, "林支持", "support", ticket.entry_id, REASON, None
    )


def test_ticket_used_by_two_at_once_lets_one_in(operator, shop):
    ticket, start, outcomes = support.enter(operator.facts, shop.ref.id, REASON), Barrier(2), []

    def use() -> None:
        with shop.bound():
            start.wait()
            try:
                support.redeem(ticket.ticket)
                outcomes.append("in")
            except TicketInvalid:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "refused"]
    with shop.bound():
        assert [(visit["reason"], visit["left_at"]) for visit in support.visits()] == [(REASON, None)]


def test_ticket_is_good_for_a_minute(operator, shop):
    ticket = support.enter(operator.facts, shop.ref.id, REASON)
    with shop.bound(), travel(61), pytest.raises(TicketInvalid):
        support.redeem(ticket.ticket)


def test_ticket_of_another_shop_is_refused(operator, shop, other_shop):
    ticket = support.enter(operator.facts, shop.ref.id, REASON)
    with other_shop.bound():
        with pytest.raises(TicketInvalid):
            support.redeem(ticket.ticket)
        assert support.visits() == []
    with shop.bound():
        assert support.redeem(ticket.ticket).facts.reason == REASON


def test_entry_ends_after_an_hour(operator, shop):
    token = entered(operator, shop).token
    with shop.bound():
        with travel(59 * 60):
            assert support.find(token).name == "林支持"
        with travel(60 * 60 + 1), pytest.raises(SessionExpired):
            support.find(token)


def test_merchant_sees_who_came_why_and_when_they_left(operator, shop):
    inside = entered(operator, shop)
    with shop.bound():
        support.leave(inside.facts)
        with pytest.raises(SessionExpired):
            support.find(inside.token)
        support.leave(inside.facts)
        seen = [(visit["entry_id"], visit["operator"], visit["reason"], visit["left_at"]) for visit in support.visits()]
        left = db.session.execute(text("SELECT at FROM audit_log WHERE action = 'support.leave'")).scalar_one()
        rows = db.session.execute(text("SELECT actor, action, target FROM audit_log ORDER BY id")).all()
    entry = inside.facts.entry_id
    assert seen == [(entry, "林支持", REASON, left)]
    assert [tuple(row) for row in rows] == [
        ("support", "support.enter", f"support:{entry}"), ("support", "support.leave", f"support:{entry}")
    ]


def test_platform_can_end_an_entry(operator, shop):
    inside = entered(operator, shop)
    support.revoke(operator.facts, shop.ref.id, inside.facts.entry_id)
    with shop.bound(), pytest.raises(SessionExpired):
        support.find(inside.token)
    assert [line["action"] for line in log.entries(tenant=shop.ref.id)] == ["support.revoke", "support.enter"]


def test_disabled_operator_is_outside_at_once(operator, shop):
    inside = entered(operator, shop)
    waiting = support.enter(operator.facts, shop.ref.id, REASON)
    accounts.disable(operator.login)
    with shop.bound():
        with pytest.raises(SessionExpired):
            support.find(inside.token)
        with pytest.raises(TicketInvalid):
            support.redeem(waiting.ticket)


def test_support_may_what_a_manager_may_without_money_keys_and_people(operator, shop):
    facts = entered(operator, shop).facts
    assert facts.permissions == ROLES["manager"] - NOT_FOR_SUPPORT
    assert {name for name in ROLES["manager"] if name.endswith(".view")} <= facts.permissions
    for permission in ("orders.refund", "orders.cancel", "staff.edit", "payments.edit", "apikeys.edit", "plugins.manage"):
        with pytest.raises(PermissionMissing):
            facts.check_permission(permission)
