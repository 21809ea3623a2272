"""What managing stores refuses."""

from __future__ import annotations

from core.errors import Conflict


class CodeTaken(Conflict):
    code = "store_code_taken"
    message = "门店编码已被使用"


class StoreInUse(Conflict):
    """Orders and stock refer to it; it can be switched off, not removed."""

    code = "store_in_use"
    message = "门店已有订单或库存记录，不能删除，请改为停用"


class StoreStaffed(Conflict):
    """Staff are limited to this store alone: without it they would get every store."""

    code = "store_has_staff"
    message = "还有员工只负责这家门店，请先把他们调到其他门店，再删除"
