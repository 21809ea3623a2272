"""Two at once, on a real database: the last points and the last gift go to one of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from core.plugin.data import session

from .. import ledger
from ..ledger import Booking


def at_once(tenant: Any, acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each act came to, all of them begun at the same moment in threads of their own; exceptions are results."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def ordering(shopper: Any, key: str, choices: dict, code: str = "MILK") -> Callable[[], int]:
    tenant = shopper.tenant
    body = {
        "store_id": str(tenant.store_id), "fulfilment": "pickup", "choices": {"points": choices},
        "lines": [{"sku_id": str(tenant.skus[code]), "quantity": "1"}],
    }  # fmt: skip
    return lambda: shopper.store.post("/orders", json=body, headers={"Idempotency-Key": key}).status_code


def test_two_orders_with_the_last_points(points_on, grant, shopper, balance, tenant):
    points_on()
    grant(500)
    for round_ in range(3):
        acts = [ordering(shopper, f"round-{round_}-order-{n}", {"use": 500}) for n in range(2)]
        assert sorted(at_once(tenant, acts)) == ([201, 409] if round_ == 0 else [409, 409])
    assert balance() == (0, 0)


def test_many_small_orders_never_take_more_than_there_is(points_on, grant, shopper, balance, tenant):
    points_on()
    grant(250)
    found = at_once(tenant, [ordering(shopper, f"small-order-{n}", {"use": 100}) for n in range(4)])
    assert sorted(found) == [201, 201, 409, 409]
    assert balance() == (50, 0)


def test_last_gift_goes_to_one_buyer(points_on, grant, shopper, shopper_as, tenant, balance):
    points_on()
    other = tenant.add_buyer("M0002", "13800000002")
    grant(100)
    grant(100, to=other)
    tenant.execute(
        "INSERT INTO points_gift (sku_id, points, cash_fen, stock, active) VALUES (:sku, 100, 0, 1, true)",
        sku=tenant.skus["MILK"],
    )
    gift = {"gift": tenant.one("SELECT id FROM points_gift")}
    people = [shopper, shopper_as(other)]
    found = at_once(tenant, [ordering(person, f"last-gift-{n}", gift) for n, person in enumerate(people)])
    assert sorted(found) == [201, 409]
    assert sorted([balance(), balance(other)]) == [(0, 0), (100, 0)]
    assert tenant.one("SELECT taken FROM points_gift") == 1


def test_same_booking_from_many_threads_is_booked_once(points_on, tenant, buyer, balance):
    points_on()

    def book() -> bool:
        with tenant.bound():
            now = tenant.context().now
            ledger.lock(session, buyer.id, now)
            lot = ledger.credit(session, Booking("task", "once", buyer.id, 10, now), now, None)
            session.commit()
            return lot is not None

    assert sorted(at_once(tenant, [book] * 6)) == [False] * 5 + [True]
    assert balance() == (10, 0)


def test_hold_without_an_account_is_refused(points_on, tenant, buyer):
    points_on()
    with tenant.bound():
        booking = Booking("order_use", "1", buyer.id, 5, tenant.context().now, ledger.HELD)
        assert ledger.hold(session, booking, 1) is False
