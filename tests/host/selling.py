"""What a shop has to be able to do whatever its plugins do, and how tests switch plugins without a console."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

from sqlalchemy import Engine, text

from core.db import db
from core.services import services
from tests.core.shops import Shop

_SWITCH = text(
    "INSERT INTO platform.tenant_plugin (tenant_id, plugin, state, version) VALUES (:tenant, :plugin, :state, '1')"
    " ON CONFLICT (tenant_id, plugin) DO UPDATE SET state = excluded.state"
)


def hostile(name: str, attribute: str = "plugin", module: str | None = None) -> EntryPoint:
    """The plugin in `tests/host/hostile/<name>.py`."""
    return EntryPoint(name, f"tests.host.hostile.{module or name}:{attribute}", "jishi.plugins")


@dataclass(frozen=True)
class Switch:
    """Writes `platform.tenant_plugin` and lets the shop see it."""

    engine: Engine

    def __call__(self, shop: Shop, plugin: str, state: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(_SWITCH, {"tenant": shop.ref.id, "plugin": plugin, "state": state})
        with shop.app.app_context():
            services().registry.invalidate()
            shop.ref = services().registry.fresh(shop.ref)


def listed(shop: Shop) -> list[str]:
    """Titles of the product list, as a shopper sees it."""
    answer = shop.get("/store/api/v1/products")
    assert answer.status_code == 200, answer.json
    return sorted(item["title"] for item in answer.json["items"])


def quoted(shop: Shop) -> dict[str, Any]:
    """The quote of two cartons of milk, picked up."""
    answer = shop.post("/store/api/v1/quote", token=shop.buyer_token, json=basket(shop))
    assert answer.status_code == 200, answer.json
    return answer.json


def ordered(shop: Shop, key: str = "order-0001") -> Any:
    """The answer to ordering two cartons of milk."""
    headers = {"Idempotency-Key": key}
    return shop.post("/store/api/v1/orders", token=shop.buyer_token, json=basket(shop), headers=headers)


def basket(shop: Shop) -> dict[str, Any]:
    return {
        "store_id": str(shop.store_id),
        "fulfilment": "pickup",
        "lines": [{"sku_id": str(shop.skus["MILK"]), "quantity": "2"}],
    }


def sells(shop: Shop, key: str = "order-0001") -> None:
    """The product list, a complete quote and an order all work, at the list price."""
    assert listed(shop) == ["东北大米", "五花肉", "纯牛奶"]
    quote = quoted(shop)
    assert (quote["payable_fen"], quote["complete"], quote["orderable"]) == (2560, True, True)
    answer = ordered(shop, key)
    assert answer.status_code == 201, answer.json


def failures(shop: Shop) -> list[tuple[str, str]]:
    """(plugin, place) of what the merchant is shown; each says since when, how often, and what."""
    with shop.bound():
        rows = db.session.execute(text("SELECT * FROM plugin_failure ORDER BY plugin, place")).mappings().all()
        db.session.remove()
    assert all(row["since"] <= row["last_at"] and row["count"] >= 1 and row["error"] and row["trace"] for row in rows)
    return [(row["plugin"], row["place"]) for row in rows]
