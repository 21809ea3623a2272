"""Two hundred shoppers and twenty boxes of milk."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.orders import service
from core.orders.errors import OutOfStock
from core.orders.service import Checkout
from core.payments import expiry
from core.stock.service import Count, count
from tests.core.shops import make_buyer


def buy(shop, buyer_id: int) -> bool:
    with shop.bound():
        checkout = Checkout(shop.wanted(("MILK", "1"), buyer_id=buyer_id), f"race-{buyer_id:04d}")
        try:
            service.place(checkout, shop.context(), shop.market)
            db.session.commit()
        except OutOfStock:
            db.session.rollback()
            return False
        return True


def storm(shop, buyers: list[int]) -> int:
    with ThreadPoolExecutor(16) as pool:
        return sum(pool.map(lambda buyer_id: buy(shop, buyer_id), buyers))


def test_two_hundred_buyers_get_twenty_and_fifteen_more_after_fifteen_time_out(shop):
    with shop.bound():
        count([Count(shop.store_id, shop.skus["MILK"], Decimal(20))], "stocktaking")
        buyers = [make_buyer(shop, name=f"b{n}")[0] for n in range(400)]
        db.session.commit()
    assert storm(shop, buyers[:200]) == 20
    assert shop.stock("MILK") == (20, 20)
    with shop.bound():
        firm = db.session.execute(text("SELECT id FROM orders ORDER BY id LIMIT 5")).scalars().all()
        for order_id in firm:
            service.mark_paid(order_id, service.SYSTEM, "test")
        db.session.commit()
        with travel(31 * 60):
            assert expiry.close_expired() == 15
    assert shop.stock("MILK") == (20, 5)
    assert storm(shop, buyers[200:]) == 15
    with shop.bound():
        held = db.session.execute(text("SELECT state, count(*), sum(quantity) FROM reservation GROUP BY 1 ORDER BY 1"))
        assert [tuple(row) for row in held] == [("firm", 5, 5), ("held", 15, 15), ("released", 15, 15)]


def test_orders_of_the_same_goods_in_opposite_order_do_not_deadlock(shop):
    def both(number: int) -> None:
        lines = [("MILK", "1"), ("RICE", "1")]
        with shop.bound():
            wanted = shop.wanted(*(lines if number % 2 else reversed(lines)))
            service.place(Checkout(wanted, f"deadlock-{number}"), shop.context(), shop.market)
            db.session.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(both, range(80)))
    assert (shop.stock("MILK"), shop.stock("RICE")) == ((100, 80), (100, 80))
