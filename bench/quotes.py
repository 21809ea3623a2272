"""What plugins cost: a quote of 20 lines with and without them, and switching one on.

The shops are asked in turn, request by request, so that whatever else the machine does meets all of them alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from bench import silent
from bench.cast import MARKETING
from bench.figures import Figure
from bench.stage import Stage, buyer, product, stores
from core.catalog.service import upsert_products
from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.host.registry import host
from core.migrations import HISTORY
from core.staff.models import Staff, StaffSession
from core.switches import service as switches
from core.web.tokens import issue
from tenants import provision
from tenants.context import TenantRef, bind

LINES = 20
SWITCHED_IN = 8
USED_POINTS = 300
RULE = {
    "title": "满100减10", "basis": "amount", "mode": "ladder", "starts_at": "2026-01-01T00:00:00Z",
    "levels": [{"at": 5000, "off_fen": 500}, {"at": 10000, "off_fen": 1000}],
}  # fmt: skip

_STOCK = text(
    "INSERT INTO stock (store_id, sku_id, on_hand, updated_at) SELECT store.id, sku.id, 10000, now() FROM store, sku"
)


@dataclass
class Retailer:
    """A tenant with 20 products, a shopper and an owner."""

    stage: Stage
    ref: TenantRef
    client: FlaskClient
    body: dict[str, Any]
    buyer_id: int
    buyer_token: str
    staff_token: str

    def post(self, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Host": f"{self.ref.slug}.localhost", "Authorization": f"Bearer {token}"}
        answer = self.client.post(path, json=body, headers=headers)
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)}")
        return answer.json

    def quote(self) -> dict[str, Any]:
        return self.post("/store/api/v1/quote", self.buyer_token, self.body)

    def console(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.post(f"/console/api/v1/{path}", self.staff_token, body)

    def switch_on(self, names: Iterable[str]) -> list[float]:
        """Seconds that switching on took, plugin by plugin."""
        with self.stage.app.app_context(), bind(self.ref):
            return [_timed(lambda name=name: switches.enable(name)) for name in names]


def measure(stage: Stage, rounds: int) -> list[Figure]:
    plain, silenced, marketing = (_open(stage, slug) for slug in ("plain", "silent", "marketing"))
    silenced.switch_on(silent.NAMES)
    figures = [_figure(f"quote of {LINES} lines, {len(silent.NAMES)} silent plugins", plain, silenced, rounds, 1.1)]
    missing = _missing(stage)
    if missing:
        return [*figures, _absent(missing)]
    marketing.switch_on(MARKETING)
    _campaign(marketing)
    return [
        *figures,
        _figure(f"quote of {LINES} lines, {' and '.join(MARKETING)}", plain, marketing, rounds, 1.5),
        *_switching(stage),
    ]


def _figure(name: str, plain: Retailer, other: Retailer, rounds: int, target: float) -> Figure:
    for retailer in (plain, other) * 10:
        retailer.quote()
    pairs = [(_timed(plain.quote), _timed(other.quote)) for _ in range(rounds)]
    without, with_plugins = (median(column) for column in zip(*pairs, strict=True))
    return Figure(name, with_plugins * 1e3, "ms", without * 1e3, with_plugins / without, target, at_least=False)


def _switching(stage: Stage) -> list[Figure]:
    """The same plugins in fresh tenants, each of which gets their tables."""
    times = [_open(stage, f"switch{number}").switch_on(MARKETING) for number in range(SWITCHED_IN)]
    return [
        Figure(f"switching {name} on", median(column), "s", None, median(column), 0.5, at_least=False)
        for name, column in zip(MARKETING, zip(*times, strict=True), strict=True)
    ]


def _missing(stage: Stage) -> list[str]:
    with stage.app.app_context():
        loaded, unfit = host().loaded, host().unfit
    return [
        f"{name} ({'; '.join(unfit[name].faults)})" if name in unfit else name
        for name in MARKETING
        if name not in loaded
    ]


def _absent(names: list[str]) -> Figure:
    """A figure that is missed on purpose: a bench that measures less than it should must not look green."""
    return Figure(f"not measured, missing: {', '.join(names)}", len(names), "", None, len(names), 0, at_least=False)


def _campaign(retailer: Retailer) -> None:
    """A reduction that the cart reaches, and points that the shopper uses; the quote must show both."""
    retailer.console("plugins/fullreduction/rules", RULE)
    gift = {"points": USED_POINTS, "reason": "bench", "key": "bench-points"}
    retailer.console(f"plugins/points/members/{retailer.buyer_id}/adjust", gift)
    retailer.body["choices"] = {"points": {"use": USED_POINTS}}
    steps = {step["source"] for step in retailer.quote()["steps"]}
    if not steps >= set(MARKETING):
        raise RuntimeError(f"only {sorted(steps)} changed the price")


def _open(stage: Stage, slug: str) -> Retailer:
    ref = provision.take(stage.owner, HISTORY, slug, slug)
    with stage.app.app_context(), bind(ref):
        store_id = stores()
        upsert_products([product(number) for number in range(LINES)])
        db.session.execute(_STOCK)
        skus = db.session.execute(text("SELECT id FROM sku ORDER BY id")).scalars().all()
        buyer_token, staff_token = buyer(ref), _owner(ref)
        buyer_id = db.session.execute(text("SELECT max(id) FROM buyer")).scalar_one()
        db.session.commit()
    lines = [{"sku_id": str(sku), "quantity": "1"} for sku in skus]
    body = {"store_id": str(store_id), "fulfilment": "pickup", "lines": lines}
    return Retailer(stage, ref, stage.app.test_client(), body, buyer_id, buyer_token, staff_token)


def _owner(ref: TenantRef) -> str:
    moment, token = now(), issue("st", ref.key)
    staff = Staff(phone="19900000000", name="店主", password_hash="", role="owner", created_at=moment)
    db.session.add(staff)
    db.session.flush()
    life = {"created_at": moment, "expires_at": moment.replace(year=moment.year + 1)}
    db.session.add(StaffSession(staff_id=staff.id, token_hash=fingerprint(token), **life))
    return token


def _timed(call: Any) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start
