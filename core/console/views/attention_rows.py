"""What needs attention, as pages show it: in words, with the page where it is dealt with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from core.console.auth import current_staff
from core.overview.domain import Attention
from core.overview.service import attention
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told

PLACES = {
    "orders": "/console/orders",
    "stock": "/console/stock",
    "stuck_payments": "/console/attention#payments",
    "failing_refunds": "/console/attention#refunds",
    "bills": "/console/bills",
    "payments": "/console/payments",
    "deliveries": "/console/deliveries",
    "plugins": "/console/plugin-center",
    "imports": "/console/imports",
}
TONES = {"urgent": "danger", "warning": "warning", "info": "brand"}
ICONS = {
    "orders": "receipt", "stock": "package", "stuck_payments": "wallet", "failing_refunds": "receipt-refund",
    "bills": "scale", "payments": "key", "deliveries": "bell", "plugins": "puzzle", "imports": "file-import",
}  # fmt: skip
GROUPS = (
    (_l("钱"), ("stuck_payments", "failing_refunds", "bills", "payments")),
    (_l("订单"), ("orders",)),
    (_l("库存"), ("stock",)),
    (_l("系统"), ("deliveries", "plugins", "imports")),
)


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of open matter; `shown` is how many."""

    kind: str
    area: str
    words: str
    shown: str
    count: int
    oldest: datetime | None
    tone: str
    icon: str
    href: str


def matters(stores: Sequence[int] | None) -> list[Matter]:
    """What the staff member may deal with, the most urgent first."""
    allowed = current_staff().permissions
    return [_matter(item) for item in attention(stores) if item.permission in allowed]


def grouped(found: Sequence[Matter]) -> list[tuple[str, list[Matter]]]:
    """By what it is about; groups without anything are left out."""
    groups = [(str(label), [one for one in found if one.area in areas]) for label, areas in GROUPS]
    return [(label, inside) for label, inside in groups if inside]


def _matter(item: Attention) -> Matter:
    query = f"?{urlencode(item.query)}" if item.query else ""
    place = f"{PLACES[item.area]}{query}"
    return Matter(
        item.kind, item.area, told(item.words), item.shown, item.count, item.oldest, TONES[item.severity],
        ICONS[item.area], place,
    )
