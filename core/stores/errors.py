from __future__ import annotations

from core.errors import Conflict, NotFound


class StoreNotFound(NotFound):
    code = "store_not_found"
    message = "没有找到这家门店"


class SlotFull(Conflict):
    """Somebody took the last place of the pickup slot."""

    code = "slot_full"
    message = "这个自提时段已约满，请选择其他时段"
