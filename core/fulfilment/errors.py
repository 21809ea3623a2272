from __future__ import annotations

from core.errors import Conflict


class SeveralOrders(Conflict):
    """Several orders wait under the same last digits; `orders` lists them, so that the clerk can ask and choose one."""

    code = "several_orders"
    message = "有多个订单符合这个手机尾号，请与顾客核对后选择其中一个"


class WrongFulfilment(Conflict):
    """The act belongs to the other way of handing over: pickup orders are not shipped, deliveries not picked up."""

    code = "wrong_fulfilment"
