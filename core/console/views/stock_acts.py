"""What is done to stock by hand with a paper: receiving and moving to another store, of one SKU or of many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import marshmallow as ma

from core.console.auth import acting_id, current_staff
from core.errors import Invalid
from core.stock import byhand
from core.stock.schemas import ReceiveSchema
from core.stores.service import all_stores
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.web.fields import IdField, Quantity
from core.web.text import Text

Lines = Sequence[tuple[int, Decimal]]


class TransferSchema(ma.Schema):
    """调拨."""

    target_id = IdField(required=True, metadata={"label": "调到门店"})
    quantity = Quantity(required=True, metadata={"label": "调拨数量"})
    note = Text(100, 0, load_default="", metadata={"label": "备注"})


@dataclass(frozen=True, slots=True)
class Act:
    """`titles` name it for one SKU, for a paper of many, and on the paper's button; `prefix` begins a paper's number.

    `head` are the fields that stand once on a paper. `said` tells about one SKU (`amount`, `unit`), `said_many` about a
    paper (`count`, `number`). `book` takes the store, the lines, what the schema loaded, and the paper's number (None: a
    new one), and returns the number.
    """

    titles: tuple[Any, Any, Any]
    prefix: str
    schema: type[ma.Schema]
    head: tuple[str, ...]
    said: Any
    said_many: Any
    book: Callable[[int, Lines, Mapping[str, Any], str | None], str]

    def form(self, store_id: int, only: Sequence[str] | None = None) -> Form:
        return Form(self.schema, choices={"target_id": other_stores(store_id)}, only=only)


def my_stores() -> list[Mapping[str, Any]]:
    """The stores that the person may act for."""
    mine = current_staff().stores
    return [store for store in all_stores() if store["active"] and (mine is None or store["id"] in mine)]


def other_stores(store_id: int) -> list[tuple[int, str]]:
    return [(store["id"], store["name"]) for store in my_stores() if store["id"] != store_id]


def check_target(data: Mapping[str, Any]) -> None:
    """Raises OtherStore for goods that shall go where the person has no business."""
    if "target_id" in data:
        current_staff().check_store(data["target_id"])


def _receive(store_id: int, lines: Lines, data: Mapping[str, Any], number: str | None) -> str:
    return byhand.receive(store_id, data["number"] or number, lines, data["note"], acting_id())


def _transfer(store_id: int, lines: Lines, data: Mapping[str, Any], number: str | None) -> str:
    if data["target_id"] not in dict(other_stores(store_id)):
        raise Invalid(_("请选择门店"), code="store_unknown", field="target_id")
    return byhand.transfer(store_id, data["target_id"], lines, data["note"], acting_id(), number)


RECEIVE = Act(
    titles=(_l("入库"), _l("批量入库"), _l("确认入库")), prefix="RK", schema=ReceiveSchema, head=("number", "note"),
    said=_l("已入库 %(amount)s %(unit)s"), said_many=_l("已入库 %(count)s 种商品，单号 %(number)s"), book=_receive,
)  # fmt: skip
TRANSFER = Act(
    titles=(_l("调拨"), _l("批量调拨"), _l("确认调拨")), prefix="DB", schema=TransferSchema, head=("target_id", "note"),
    said=_l("已调拨 %(amount)s %(unit)s"), said_many=_l("已调拨 %(count)s 种商品，单号 %(number)s"), book=_transfer,
)  # fmt: skip
