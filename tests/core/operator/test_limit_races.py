"""Limits hold whatever happens at once: different ways to the last place, a plan that changes meanwhile, orders."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import text

from core.db import db
from core.limits.errors import PlanLimit, ShopBusy
from core.operator import acts
from core.services import services
from core.staff import invitations, people
from core.staff.domain import StaffFacts
from core.stores import manage
from tenants.provision import new_key
from tests.core.operator.conftest import platform_rows
from tests.core.operator.test_limits import REASON, STORE
from tests.core.payments.conftest import PayingShop, eventually
from tests.core.shops import Shop

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
PERSON = {"name": "新人", "role": "clerk", "password": "password"}


def put_on_plan(operator, shop: Shop, **limits: Any) -> None:
    plan = acts.create_plan(operator.facts, f"p{new_key()[:10]}", "小店", limits)
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, REASON)
    shop.ref = services().registry.fresh(shop.ref)


def inside(shop: Shop, act: Callable[[], Any]) -> str:
    """`act` in a transaction of the shop's own: made, refused, or what went wrong."""
    with shop.bound():
        try:
            act()
            db.session.commit()
            return "made"
        except (PlanLimit, ShopBusy):
            return "refused"
        finally:
            db.session.remove()


def together(shop: Shop, *attempts: Callable[[], Any]) -> list[str]:
    """Outcomes of acts that begin at the same moment, each in a thread of its own."""
    start = Barrier(len(attempts))

    def run(act: Callable[[], Any]) -> str:
        start.wait(10)
        return inside(shop, act)

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


def count(shop: Shop, query: str) -> int:
    with shop.bound():
        return db.session.execute(text(query)).scalar_one()


def hire(number: int) -> Callable[[], Any]:
    return lambda: people.insert({**PERSON, "phone": f"1990002{number:04}"}, [])


def invited(shop: Shop, number: int) -> str:
    """A link for somebody."""
    tokens: list[str] = []

    def make() -> None:
        data = {"phone": f"1990003{number:04}", "name": "新人", "role": "clerk", "store_ids": []}
        tokens.append(invitations.invite(owner_of(shop), data).token)

    inside(shop, make)
    return tokens[0]


def owner_of(shop: Shop) -> StaffFacts:
    return StaffFacts(shop.staff_id, "店长", "19900000000", "owner", None, 0)


@pytest.mark.parametrize("turn", range(3))
def test_last_account_by_every_way_at_once(shop, operator, turn):
    inside(shop, hire(0))
    off = count(shop, "UPDATE staff SET active = false WHERE phone = '19900020000' RETURNING id")
    with shop.bound():
        db.session.execute(text("UPDATE staff SET active = false WHERE id = :id"), {"id": off})
        db.session.commit()
    links = [invited(shop, number) for number in range(2)]
    put_on_plan(operator, shop, staff=2)
    outcomes = together(
        shop, hire(1), hire(2), lambda: people.change(owner_of(shop), off, {"active": True}),
        *[lambda link=link: invitations.accept(link, "新人", "password") for link in links],
    )
    assert (sorted(outcomes), count(shop, "SELECT count(*) FROM staff WHERE active")) == (["made", *["refused"] * 4], 2)


def test_refused_invitation_stays_good(shop, operator):
    link = invited(shop, 1)
    put_on_plan(operator, shop, staff=1)
    assert inside(shop, lambda: invitations.accept(link, "新人", "password")) == "refused"
    put_on_plan(operator, shop, staff=2)
    assert inside(shop, lambda: invitations.accept(link, "新人", "password")) == "made"


def test_accepting_and_changing_the_inviter_do_not_wait_for_each_other(shop, operator):
    put_on_plan(operator, shop, staff=50)
    for number in range(5):
        link = invited(shop, number)
        outcomes = together(
            shop, lambda link=link: accepted(link),
            lambda: people.change(owner_of(shop), shop.staff_id, {"active": True, "role": "owner"}),
        )
        assert outcomes == ["made", "made"]


def accepted(link: str) -> None:
    """Into the shop, unless the inviter's powers changed a moment before."""
    try:
        invitations.accept(link, "新人", "password")
    except invitations.InvitationGone:
        db.session.rollback()


def test_last_store_opened_and_reopened_at_once(shop, operator):
    made: list[int] = []
    inside(shop, lambda: made.append(manage.create({**STORE, "code": "S1"})["id"]))
    inside(shop, lambda: manage.change(made[0], {**STORE, "active": False}))
    put_on_plan(operator, shop, stores=2)
    outcomes = together(
        shop, *[lambda code=code: manage.create({**STORE, "code": code}) for code in ("S2", "S3", "S4")],
        lambda: manage.change(made[0], STORE),
    )
    assert (sorted(outcomes), count(shop, "SELECT count(*) FROM store WHERE active")) == (["made", *["refused"] * 3], 2)


def test_limit_that_is_new_meanwhile_counts_whoever_came_before_it(shop, operator):
    """Somebody is hired without a limit, and before that is committed a plan comes that has room for just one."""
    hired, planned = Event(), Event()

    def slowly() -> None:
        hire(1)()
        hired.set()
        assert planned.wait(10)
        eventually(lambda: second.done() or platform_rows(WAITING) != [(0,)])

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(inside, shop, slowly)
        assert hired.wait(10)
        put_on_plan(operator, shop, staff=2)
        second = pool.submit(inside, shop, hire(2))
        planned.set()
        assert (first.result(30), second.result(30)) == ("made", "refused")
    assert count(shop, "SELECT count(*) FROM staff WHERE active") == 2


def test_placed_orders_are_all_paid_when_new_ones_are_refused(shop, operator, wechat, served):
    """Three orders wait for payment when the month is full: every one is paid, and nothing new begins."""
    paying = PayingShop(shop, wechat)
    put_on_plan(operator, shop, orders_month=1)
    with shop.bound():
        orders = [paying.order(f"ref-000{number}") for number in range(3)]

    def pay(order_id: int) -> None:
        paying.pay(order_id)
        eventually(lambda: paying.state(order_id) == "paid")

    assert inside(shop, lambda: pay(orders[0])) == "made"
    with shop.bound():
        services().redis.delete(*services().redis.keys(f"*{shop.ref.key}*orders_paid*"))
    outcomes = together(
        shop, *[lambda order=order: pay(order) for order in orders[1:]],
        *[lambda number=number: paying.order(f"ref-100{number}") for number in range(2)],
    )
    assert outcomes == ["made", "made", "refused", "refused"]
    with shop.bound():
        assert paying.rows("SELECT state, count(*) FROM orders GROUP BY state") == [("paid", 3)]
