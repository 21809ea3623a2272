"""Every route, with the other shop's ids and the other shop's tokens: 403 and 404, and not one byte of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.migrations import HISTORY
from core.openkeys.domain import SCOPES
from core.openkeys.models import ApiKey
from core.orders import service as orders
from core.orders.service import Checkout
from core.web.tokens import issue
from tenants import provision
from tenants.errors import NoTenantBound
from tests.core.console_pages.visitor import Visitor
from tests.core.shops import Shop, open_shop

PREFIXES = ("/store/", "/console/api/", "/open/")
PAGES = "/console/"
MARK = "BETA-SECRET"
OPEN_PAGES = {"/console/login"}
TAKES_OUT_OF_MY_OWN_LIST = {"favourites", "history", "lines"}
"""Taking something out of one's own list that is not in it is no error, whoever it belongs to: 204."""


@pytest.fixture(scope="module")
def shops(app: Flask, owner) -> Iterator[tuple[Shop, Shop]]:
    mine = open_shop(app, provision.take(owner, HISTORY, f"mine-{provision.new_key()[:6]}", "Mine"))
    theirs_ref = provision.take(owner, HISTORY, f"theirs-{provision.new_key()[:6]}", "Theirs")
    _start_ids_elsewhere(owner, theirs_ref.schema)
    theirs = open_shop(app, theirs_ref)
    for shop in (mine, theirs):
        with shop.bound():
            _furnish(shop, MARK if shop is theirs else "ALPHA")
    yield mine, theirs
    for shop in (mine, theirs):
        shop.close()


def _start_ids_elsewhere(owner, schema: str) -> None:
    """Ids of the two shops must not coincide, or an id of theirs would be one of mine."""
    with owner.begin() as connection:
        columns = connection.execute(
            text("SELECT table_name, column_name FROM information_schema.columns"
                 " WHERE table_schema = :schema AND is_identity = 'YES'"), {"schema": schema},
        ).all()
        for table, column in columns:
            connection.execute(text(f"ALTER TABLE {schema}.{table} ALTER COLUMN {column} RESTART WITH 7000001"))


def _furnish(shop: Shop, mark: str) -> None:
    for statement in (
        "UPDATE product SET title = :mark || title, description = :mark",
        "UPDATE buyer SET name = :mark, member_no = :mark || id, phone = '1990000' || lpad((id % 10000)::text, 4, '0')",
        "UPDATE staff SET name = :mark",
        "UPDATE store SET address = :mark, code = :mark",
        "UPDATE sku SET code = :mark || code",
        "INSERT INTO category (name) VALUES (:mark)",
        "INSERT INTO brand (name) VALUES (:mark)",
        "INSERT INTO address (buyer_id, contact, phone, district_code, detail, longitude, latitude, is_default, created_at)"
        " SELECT id, :mark, '19900000000', '130503', :mark, 114.487, 37.069, true, now() FROM buyer",
    ):
        db.session.execute(text(statement), {"mark": mark} if ":mark" in statement else {})
    placed = orders.place(
        Checkout(shop.wanted(("MILK", "1")), "contract-1", remark=mark), shop.context(), shop.market
    )
    shop.order_number = placed.number
    shop.api_key = issue("jk", shop.ref.key)
    db.session.add(
        ApiKey(name=mark, hint="", key_hash=fingerprint(shop.api_key), scopes=sorted(SCOPES), created_at=now())
    )
    db.session.commit()


def _ids(shop: Shop) -> dict[str, str]:
    """A value of this shop for every kind of path argument."""
    with shop.bound():
        row = db.session.execute(
            text("SELECT (SELECT min(id) FROM product) AS product, (SELECT min(id) FROM category) AS category,"
                 " (SELECT min(id) FROM brand) AS brand, (SELECT min(id) FROM address) AS address,"
                 " (SELECT min(barcode) FROM sku_barcode) AS barcode, (SELECT min(id) FROM buyer_session) AS session,"
                 " (SELECT min(id) FROM api_key) AS key")
        ).mappings().one()
        db.session.rollback()
    named = {name: str(value) for name, value in row.items()}
    named["code"] = named["barcode"]
    return named | {"sku": str(shop.skus["MILK"]), "store": str(shop.store_id), "staff": str(shop.staff_id),
                    "number": shop.order_number, "order": shop.order_number, "buyer": str(shop.buyer_id)}


def _value(argument: str, ids: dict[str, str]) -> str:
    return next((value for name, value in ids.items() if name in argument), ids["product"])


def _routes(app: Flask) -> list[tuple[str, Rule]]:
    return [
        (method, rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIXES) and not rule.rule.endswith("openapi.json")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _pages(app: Flask) -> list[tuple[str, Rule]]:
    return [
        (method, rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PAGES) and not rule.rule.startswith(PREFIXES)
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def _path(rule: Rule, ids: dict[str, str]) -> str:
    values = {}
    for name in rule.arguments:
        words = getattr(rule._converters[name], "items", ())
        values[name] = min(words) if words else _value(name, ids)
    return rule.build(values, append_unknown=False)[1]


def _token(shop: Shop, rule: str) -> str:
    if rule.startswith("/open/"):
        return shop.api_key
    return shop.staff_token if rule.startswith("/console/") else shop.buyer_token


def _rows(shop: Shop) -> dict[str, int]:
    with shop.bound():
        tables = db.session.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY 1"), {"schema": shop.ref.schema}
        ).scalars().all()
        found = {t: db.session.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables if t[:7] != "alembic"}
        db.session.rollback()
    return found


def test_their_token_is_refused_on_every_route(app: Flask, shops: tuple[Shop, Shop]):
    mine, theirs = shops
    ids, before, answers = _ids(mine), _rows(mine), []
    for method, rule in _routes(app):
        answer = mine.request(method, _path(rule, ids), token=_token(theirs, rule.rule), json={})
        if answer.status_code not in {403, 404}:
            answers.append((method, rule.rule, answer.status_code))
    assert answers == []
    assert _rows(mine) == before


def test_their_ids_are_not_found_on_any_route(app: Flask, shops: tuple[Shop, Shop]):
    mine, theirs = shops
    ids, before, wrong = _ids(theirs), _rows(theirs), []
    for method, rule in _routes(app):
        if not rule.arguments:
            continue
        answer = mine.request(method, _path(rule, ids), token=_token(mine, rule.rule), **_input(method, ids))
        refused = {403, 404} if method in {"GET", "DELETE"} else {400, 403, 404, 413, 415, 422}
        if "day" in rule.arguments:
            refused |= {422}
        if method == "DELETE" and rule.rule.split("/")[-2] in TAKES_OUT_OF_MY_OWN_LIST:
            refused |= {204}
        if answer.status_code not in refused or MARK.encode() in answer.data.replace(_path(rule, ids).encode(), b""):
            wrong.append((method, rule.rule, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
    assert _rows(theirs) == before


def test_their_cookie_opens_no_page(app: Flask, shops: tuple[Shop, Shop]):
    mine, theirs = shops
    ids, wrong = _ids(mine), []
    for method, rule in _pages(app):
        answer = _visit(mine, theirs.staff_token, method, _path(rule, ids))
        if answer.status_code == 200 and rule.rule not in OPEN_PAGES or MARK.encode() in answer.data:
            wrong.append((method, rule.rule, answer.status_code))
    assert wrong == []


def test_their_ids_are_on_no_page(app: Flask, shops: tuple[Shop, Shop]):
    mine, theirs = shops
    ids, before, wrong = _ids(theirs), _rows(theirs), []
    for method, rule in _pages(app):
        if all(getattr(rule._converters[name], "items", ()) for name in rule.arguments):
            continue
        path = _path(rule, ids)
        answer = _visit(mine, mine.staff_token, method, path)
        found = MARK.encode() in answer.data.replace(path.encode(), b"")
        if answer.status_code not in {303, 400, 403, 404, 409, 422} or found:
            wrong.append((method, rule.rule, answer.status_code))
    assert wrong == []
    assert _rows(theirs) == before


def _visit(shop: Shop, token: str, method: str, path: str) -> TestResponse:
    """As a browser with the cookie of `token`; forms carry a number that is right for it."""
    visitor = Visitor(shop, token)
    data = {"csrf": _number(visitor)} if method == "POST" else None
    return visitor.open(path, method, data=data, headers={"Referer": f"http://{visitor.host}/console/"})


def _number(visitor: Visitor) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', visitor.get("/console/login"))[1]


def _input(method: str, ids: dict[str, str]) -> dict[str, Any]:
    """Their ids in the query too, so that it is their id that is refused and not a missing argument."""
    if method == "DELETE":
        return {}
    if method == "GET":
        return {"query_string": {"store_id": ids["store"], "longitude": "114.4", "latitude": "37.0"}}
    return {"json": {}}


def test_no_list_shows_anything_of_theirs(app: Flask, shops: tuple[Shop, Shop]):
    mine, _ = shops
    leaks = []
    for method, rule in _routes(app):
        if method == "GET" and not rule.arguments:
            answer = mine.get(rule.rule, token=_token(mine, rule.rule))
            if MARK.encode() in answer.data:
                leaks.append(rule.rule)
    assert leaks == []


def test_query_without_a_tenant_fails(app: Flask):
    with app.app_context(), pytest.raises(NoTenantBound):
        db.session.execute(text("SELECT 1 FROM product"))
