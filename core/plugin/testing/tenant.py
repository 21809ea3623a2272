"""A shop for tests: one store, a few products, an owner and a shopper, and the plugins that a test switches on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host.registry import host
from core.plugin import Context
from core.plugin.testing import stocking
from core.plugin.testing.browser import Browser
from core.plugin.testing.client import CONSOLE, STORE, Client
from core.plugin.testing.schemas import schemas
from core.plugin.testing.servers import Servers
from core.plugin.testing.stocking import Buyer, Staff
from core.services import services
from core.switches import service as switches
from tenants.context import TenantRef, bind, current

GOODS = (
    ("MILK", "纯牛奶", "盒", 1280, False),
    ("RICE", "东北大米", "袋", 3300, False),
    ("PORK", "五花肉", "kg", 1980, True),
)


@dataclass
class Tenant:
    """`skus` and `products` are ids by code: MILK 12.80, RICE 33.00, PORK 19.80/kg (weighed); 100 of each in the store.

    Deliveries within 4 km cost 4.00, from 39.00 on nothing.
    """

    app: Flask
    ref: TenantRef
    appid: str
    store_id: int = 0
    skus: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    buyer: Buyer = field(init=False)
    owner: Staff = field(init=False)

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Inside, `core.plugin.data.session` and `shop()` belong to this tenant; what is not committed is lost."""
        with self.app.app_context(), bind(services().registry.fresh(self.ref)):
            yield

    def context(self, **more: Any) -> Context:
        """The context of a hook that this tenant's shopper causes."""
        return Context(self.ref.key, now(), **{"buyer_id": self.buyer.id, "store_id": self.store_id} | more)

    def rows(self, query: str, **values: Any) -> list[tuple]:
        """Rows of an SQL query in this tenant's schema."""
        with self.app.app_context(), bind(self.ref):
            return [tuple(row) for row in db.session.execute(text(query), values)]

    def one(self, query: str, **values: Any) -> Any:
        """The only row of a query; its value when it has one column."""
        (row,) = self.rows(query, **values)
        return row[0] if len(row) == 1 else row

    def execute(self, statement: str, **values: Any) -> None:
        """Run an SQL statement in this tenant's schema and commit."""
        with self.bound():
            db.session.execute(text(statement), values)
            db.session.commit()

    def add_sku(self, code: str, price_fen: int, **more: Any) -> int:
        """Another product with one SKU, 100 in stock; `more`: title, unit, member_price_fen, weighed. Its SKU's id."""
        with self.bound():
            self.products[code], self.skus[code] = stocking.add_sku(self.store_id, code, price_fen, **more)
            db.session.commit()
        return self.skus[code]

    def add_buyer(self, member_no: str | None = None, phone: str | None = None) -> Buyer:
        """Another shopper with a live login; with a member number a member (会员)."""
        with self.bound():
            buyer = stocking.add_buyer(self.ref, self.appid, member_no, phone)
            db.session.commit()
        return buyer

    def add_staff(self, role: str) -> Staff:
        """Another member of staff: `owner`, `manager` or `clerk`."""
        with self.bound():
            staff = stocking.add_staff(self.ref, role)
            db.session.commit()
        return staff

    def store(self, buyer: Buyer | None = None) -> Client:
        """HTTP to the storefront, as `buyer` or as a visitor who is not logged in."""
        return Client(self, STORE, buyer and buyer.token)

    def console(self, staff: Staff | None = None) -> Client:
        """HTTP to the console, as `staff` or as somebody who is not logged in."""
        return Client(self, CONSOLE, staff and staff.token)

    def browser(self, staff: Staff | None = None, language: str = "zh") -> Browser:
        """The console's pages, as `staff` or as somebody who is not logged in."""
        return Browser(self, staff, language)

    def switch_on(self, name: str, settings: Mapping[str, Any] | None = None) -> None:
        """Switch a plugin on, what it requires first, with settings as the merchant would enter them.

        Raises why it can't be.
        """
        for required in self._required(name):
            self.switch_on(required)
        if settings is not None:
            with self.bound():
                switches.change_settings(name, settings)
        with self.bound():
            switches.enable(name)

    def switch_off(self, name: str) -> None:
        """Switch a plugin off; with blockers it starts closing."""
        with self.bound():
            switches.disable(name)

    def purge(self, name: str) -> None:
        """Delete everything that a plugin which is off keeps here."""
        with self.bound():
            switches.purge(name, name)

    def state(self, name: str) -> str:
        """`on`, `closing` or `off`."""
        with self.bound():
            return dict(current().plugins).get(name, "off")

    def _required(self, name: str) -> tuple[str, ...]:
        with self.bound():
            found = host().loaded.get(name)
            return () if found is None else tuple(r for r in found.plugin.requires if r not in host().on())


@contextmanager
def opened(app: Flask, servers: Servers, slug: str) -> Iterator[Tenant]:
    """A new tenant for as long as the block runs."""
    tenant = open_tenant(app, servers, slug)
    yield tenant
    schemas(servers.config.database_url).give_back(tenant.ref)


def open_tenant(app: Flask, servers: Servers, slug: str) -> Tenant:
    """A new tenant with goods and people."""
    ref = schemas(servers.config.database_url).take(servers.owner, slug)
    tenant = Tenant(app, ref, appid=f"wx{ref.id:016x}")
    with tenant.bound():
        tenant.store_id = stocking.add_store()
        for code, title, unit, price_fen, weighed in GOODS:
            tenant.products[code], tenant.skus[code] = stocking.add_sku(
                tenant.store_id, code, price_fen, title=title, unit=unit, weighed=weighed
            )
        tenant.owner = stocking.add_staff(ref, "owner")
        tenant.buyer = stocking.add_buyer(ref, tenant.appid, "M0001", "13800000001")
        db.session.commit()
    return tenant
