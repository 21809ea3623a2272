"""What a buyer reads, leaves behind and takes along; the books balance all the while."""

import pytest

from core.plugin.data import session

from .. import hooks, ledger
from .conftest import check_books


@pytest.fixture
def call(tenant):
    """`call(hooks.erase_buyer, buyer_id=…)` in a transaction that commits."""

    def run(hook, **arguments):
        with tenant.bound():
            found = hook(session=session, **arguments)
            session.commit()
        return found

    return run


def test_export_holds_everything_and_erasure_leaves_nothing(
    points_on, grant, till_sale, buyer, run_events, call, tenant, store
):
    points_on(sign_in_points=5)
    grant(100)
    till_sale({"RICE": 1}, buyer)
    run_events()
    store.post("/ops", json={"op": "points.sign_in"}, headers={"Idempotency-Key": "sign-in-1"})
    told = call(hooks.buyer_data, buyer_id=buyer.id)
    assert (told["account"]["balance"], len(told["log"]), len(told["lots"]), len(told["sign_ins"])) == (138, 3, 3, 1)
    call(hooks.erase_buyer, ctx=tenant.context(), buyer_id=buyer.id)
    assert call(hooks.buyer_data, buyer_id=buyer.id) == {}
    assert dict(tenant.rows("SELECT account, sum(points)::bigint FROM points_entry GROUP BY account")) == {
        "adjusted": -100, "issued": -38, "buyer": 0, "forfeited": 138,
    }  # fmt: skip
    assert tenant.rows("SELECT 1 FROM points_transaction WHERE buyer_id IS NOT NULL OR note <> ''") == []
    assert tenant.rows("SELECT reference FROM points_transaction WHERE reference LIKE :id", id=f"{buyer.id}:%") == []
    check_books(tenant)


def test_erasure_forgives_a_debt(points_on, grant, call, buyer, tenant):
    points_on()
    grant(10)
    with tenant.bound():
        booking = ledger.Booking("order_earn", "1:r1", buyer.id, 25, tenant.context().now)
        ledger.lock(session, buyer.id, tenant.context().now)
        ledger.debit(session, booking)
        session.commit()
    call(hooks.erase_buyer, ctx=tenant.context(), buyer_id=buyer.id)
    assert tenant.one("SELECT sum(points)::int FROM points_entry WHERE account = 'forfeited'") == -15


def test_erasing_somebody_unknown_to_points(points_on, call, buyer, tenant):
    points_on()
    call(hooks.erase_buyer, ctx=tenant.context(), buyer_id=buyer.id)
    assert tenant.rows("SELECT 1 FROM points_member") == []


def test_refund_after_erasure_changes_no_books(
    points_on, place_order, pay, complete, refund, run_events, call, buyer, tenant
):
    points_on(moment="paid")
    order = place_order({"MILK": 2})
    pay(order)
    complete(order)
    run_events()
    call(hooks.erase_buyer, ctx=tenant.context(), buyer_id=buyer.id)
    tenant.execute("UPDATE orders SET buyer_id = NULL")
    refund(order, {"MILK": 1})
    run_events()
    assert tenant.one("SELECT sum(points)::int FROM points_entry WHERE account = 'buyer'") == 0


def test_merged_accounts_are_one(points_on, grant, place_order, cancel, run_events, buyer, call, tenant, balance):
    points_on()
    other = tenant.add_buyer("M0002", "13800000002")
    grant(100)
    grant(40, to=other)
    order = place_order({"MILK": 1}, choices={"points": {"use": 60}})
    call(hooks.merge_buyers, ctx=tenant.context(), from_id=buyer.id, to_id=other.id)
    assert balance(other) == (80, 0)
    cancel(order)
    run_events()
    assert balance(other) == (140, 0)


def test_merged_debt_is_paid_from_the_other_account(points_on, grant, buyer, call, tenant, balance):
    points_on()
    other = tenant.add_buyer("M0002", "13800000002")
    grant(40, to=other)
    with tenant.bound():
        now = tenant.context().now
        ledger.lock(session, buyer.id, now)
        ledger.debit(session, ledger.Booking("order_earn", "1:r1", buyer.id, 25, now))
        session.commit()
    call(hooks.merge_buyers, ctx=tenant.context(), from_id=buyer.id, to_id=other.id)
    assert (balance(other), tenant.one("SELECT sum(left_points)::int FROM points_lot")) == ((15, 0), 15)


def test_merging_into_somebody_without_account(points_on, grant, buyer, call, tenant, balance):
    points_on()
    other = tenant.add_buyer()
    grant(40)
    call(hooks.merge_buyers, ctx=tenant.context(), from_id=buyer.id, to_id=other.id)
    assert (balance(other), balance()) == ((40, 0), (0, 0))
