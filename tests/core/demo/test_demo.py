"""The demo shop: complete after the first start, untouched by the second."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core import demo
from core.data.demologin import OPERATOR, OPERATOR_NAME, OPERATOR_PASSWORD, PASSWORD, PHONE
from core.db import db
from core.demo import account, team
from core.openkeys.service import find_key
from core.operator import service as operators
from core.payments import profiles
from core.settings.service import shop_settings
from core.staff.service import login
from core.wechat.errors import NotFound

COUNTS = text(
    """
    SELECT (SELECT count(*) FROM store) AS stores, (SELECT count(*) FROM delivery_zone) AS zones,
           (SELECT count(*) FROM product) AS products, (SELECT count(*) FROM sku WHERE plu IS NOT NULL) AS plus,
           (SELECT count(*) FROM sku_barcode) AS barcodes, (SELECT count(*) FROM stock) AS stock,
           (SELECT count(*) FROM stock_move) AS moves, (SELECT count(*) FROM orders) AS orders,
           (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM buyer) AS buyers,
           (SELECT count(*) FROM stock_move WHERE ref = 'DEMO-OPENING') AS opening, (SELECT count(*) FROM staff) AS staff,
           (SELECT count(*) FROM api_key) AS keys, (SELECT count(*) FROM payment_profile) AS profiles,
           (SELECT max(updated_at) FROM product) AS newest
    """
)


def counts():
    return db.session.execute(COUNTS).one()._asdict()


def test_demo_has_stores_articles_stock_and_logins(inside):
    found = counts()
    for name in ("newest", "moves", "orders", "events"):
        assert found.pop(name)
    assert found == {
        "stores": 3, "zones": 6, "products": 445, "plus": 62, "barcodes": 445, "stock": 3 * 445, "opening": 3 * 445,
        "staff": 4, "keys": 1, "profiles": 1, "buyers": 1620,
    }  # fmt: skip
    assert login(PHONE, PASSWORD).token
    assert find_key(account.till_key(inside)).scopes >= {"orders:write", "catalog:write"}


def test_demo_rows_for_the_table_name_every_login(demo_app, ensured):
    with demo_app.app_context():
        rows = demo.logins()
    parts = (*["console/"] * 4, "store/api/v1", "open/api/v1")
    addresses = [f"http://demo.localhost:8000/{part}" for part in parts]
    assert [row[1] for row in rows] == [*addresses[:-1], "http://localhost:8000/platform", addresses[-1]]
    assert rows[5][2] == f"{OPERATOR} / {OPERATOR_PASSWORD}"
    assert [row[2] for row in rows[:4]] == [f"{PHONE} / {PASSWORD}", *[one.login for one in team.TEAM]]


def test_demo_operator_can_log_in(inside):
    found = operators.find_session(operators.login(OPERATOR, OPERATOR_PASSWORD).token)
    assert (found.login, found.name) == (OPERATOR, OPERATOR_NAME)


@pytest.mark.parametrize("one", team.TEAM)
def test_demo_staff_work_in_one_store_each(inside, one):
    assert login(one.phone, team.PASSWORD).token
    scope = """
        SELECT m.role, array_agg(s.code) FROM staff m JOIN staff_store x ON x.staff_id = m.id
        JOIN store s ON s.id = x.store_id WHERE m.phone = :phone GROUP BY m.role
    """
    assert db.session.execute(text(scope), {"phone": one.phone}).all() == [(one.role, [one.store_code])]


def test_demo_member_prices_are_lower(inside):
    found = db.session.execute(text("SELECT list_price_fen, member_price_fen FROM sku WHERE member_price_fen IS NOT NULL"))
    rows = found.all()
    assert 150 < len(rows) < 200
    assert [row for row in rows if not 0 < row.member_price_fen < row.list_price_fen] == []


def test_demo_merchant_is_known_to_the_simulator(inside):
    with pytest.raises(NotFound):
        profiles.gateway().query("nosuchorder0001")
    assert shop_settings()["message_ready"]


def test_demo_second_start_changes_nothing_that_people_changed(demo_app, inside):
    before = counts()
    change = "UPDATE sku SET list_price_fen = 1 WHERE code = 'XT010001'"
    db.session.execute(text(change))
    shelf = "UPDATE stock SET shelf_location = 'Z9' WHERE sku_id = (SELECT id FROM sku WHERE code = 'XT010001')"
    db.session.execute(text(shelf))
    db.session.execute(text("UPDATE store SET name = '改名' WHERE code = 'XT01'"))
    db.session.commit()
    seen = []
    demo.ensure(demo_app, lambda done, total: seen.append((done, total)))
    assert counts() == before
    kept = "SELECT s.list_price_fen, t.shelf_location FROM sku s JOIN stock t ON t.sku_id = s.id WHERE s.code = 'XT010001'"
    assert set(db.session.execute(text(kept)).all()) == {(1, "Z9")}
    assert seen == [*[(n, 11) for n in range(1, 9)], (11, 11)]
