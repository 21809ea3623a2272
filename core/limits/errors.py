from __future__ import annotations

from core.errors import Conflict


class PlanLimit(Conflict):
    """The plan allows no more of it; `limit` says of what, `most` how many, `used` how many there are."""

    code = "plan_limit"
    message = "已达到套餐的上限"


class ShopBusy(Conflict):
    """The shop takes no new online orders for now; whoever shops needn't know why."""

    code = "shop_busy"
    message = "本店网上订单已接满，请稍后再来，或直接到门店选购"
