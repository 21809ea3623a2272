"""From what a shopper sends to what the price engine takes, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.buyers import cart
from core.buyers.domain import BuyerFacts
from core.buyers.errors import CartEmpty
from core.buyers.profile import destination
from core.clock import now
from core.host.registry import host
from core.orders.service import wanted_lines
from core.plugin import Context
from core.pricing.asking import Market
from core.pricing.domain import Step
from core.pricing.service import Quote, Wanted, quote
from core.web.fields import quantity_text
from tenants.context import current

NOTICE = "部分优惠暂时无法计算，最终价格以下单时为准"


def market() -> Market:
    """The plugins that may speak about prices in this shop."""
    plugins = host()
    return Market(plugins.bus, plugins.on(), plugins.speaking)


def context(buyer: BuyerFacts, store_id: int | None = None) -> Context:
    return Context(current().key, now(), buyer_id=buyer.id, store_id=store_id)


def wanted(buyer: BuyerFacts, data: dict[str, Any]) -> Wanted:
    """What the shopper wants, from QuoteInSchema; without lines the cart. Raises AddressNotFound, CartEmpty."""
    lines = _lines(buyer, data)
    if not lines:
        raise CartEmpty(field="lines")
    deliver = data["fulfilment"] == "delivery" and data["address_id"] is not None
    return Wanted(
        store_id=data["store_id"],
        fulfilment=data["fulfilment"],
        lines=lines,
        buyer_id=buyer.id,
        member=buyer.member,
        slot_starts_at=data["slot_starts_at"] if data["fulfilment"] == "pickup" else None,
        destination=destination(buyer.id, data["address_id"]) if deliver else None,
        choices=data["choices"],
    )


def _lines(buyer: BuyerFacts, data: dict[str, Any]) -> tuple:
    if data["lines"] is None:
        return cart.lines(buyer.id)
    return wanted_lines([(line["sku_id"], line["quantity"]) for line in data["lines"]])


def quote_for(buyer: BuyerFacts, what: Wanted) -> Quote:
    return quote(what, context(buyer, what.store_id), market())


_STEP_FIELDS = tuple(Step.__dataclass_fields__)
"""`asdict` would copy every number of every allocation."""


def quote_body(quoted: Quote) -> dict[str, Any]:
    """A quote as QuoteSchema describes it."""
    priced = quoted.priced
    return {
        "store_id": str(quoted.wanted.store_id),
        "fulfilment": quoted.wanted.fulfilment,
        "lines": [_line(line, row) for line, row in zip(priced.cart.lines, quoted.rows, strict=True)],
        "steps": [{name: getattr(step, name) for name in _STEP_FIELDS} for step in priced.steps],
        "list_fen": sum(line.list_fen for line in priced.cart.lines),
        "goods_fen": priced.goods_fen,
        "shipping_fen": priced.shipping_fen,
        "payable_fen": priced.payable_fen,
        "slot": quoted.slot and asdict(quoted.slot),
        "distance_m": quoted.distance_m,
        "problems": [asdict(problem) for problem in quoted.problems],
        "complete": not quoted.incomplete,
        "incomplete": list(quoted.incomplete),
        "notice": NOTICE if quoted.incomplete else None,
        "orderable": not quoted.problems and not quoted.incomplete,
    }


def _line(line: Any, row: Any) -> dict[str, Any]:
    return {
        "position": line.position,
        "sku_id": str(line.sku_id),
        "product_id": str(line.product_id),
        "sku": row["code"],
        "title": row["title"],
        "spec": row["spec"],
        "unit": row["unit"],
        "weighed": row["weighed"],
        "quantity": quantity_text(line.quantity),
        "list_price_fen": line.list_price_fen,
        "member_price_fen": row["member_price_fen"],
        "list_fen": line.list_fen,
        "amount_fen": line.amount_fen,
        "sellable": quantity_text(max(row["sellable"], 0 * row["sellable"])),
    }
