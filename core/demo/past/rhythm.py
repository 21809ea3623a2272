"""When people buy and how much: the measured distributions as random draws. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random

from core.clock import SHOP_ZONE
from core.demo.files import open_text

ORDERS_PER_DAY = 74
NOISE = 0.07
GROWTH = 0.16
"""How much more is sold at the end of the past than at its begin."""
BASKET_SCALE = 0.55
"""A supermarket's weekly trolley there is a neighbourhood's basket here."""
MAX_LINES = 26


@cache
def distributions() -> dict:
    """The figures as they were measured: shares by hour, indexes by weekday and month, quantiles of lines per order."""
    with open_text("demo_distributions.json") as file:
        return json.load(file)


def orders_on(rng: Random, day: date, progress: float) -> int:
    """How many orders a day has; `progress` is how far the story is, from 0 to 1."""
    found = distributions()
    index = found["dow_index_mon0"][day.weekday()] * found["month_index"][day.month - 1]
    trend = 1 + GROWTH * (progress - 0.5)
    return max(1, round(ORDERS_PER_DAY * index * trend * rng.gauss(1, NOISE)))


def moment_on(rng: Random, day: date, shares: Sequence[float]) -> datetime:
    """An instant of the day, by hour of `shares`."""
    hour = rng.choices(range(24), shares)[0]
    return datetime.combine(day, time(hour), SHOP_ZONE) + timedelta(seconds=rng.randrange(3600))


def moment_between(rng: Random, day: date, opens: time, closes: time) -> datetime:
    """The same within opening hours."""
    while True:
        moment = moment_on(rng, day, distributions()["hour_share"])
        if opens <= moment.time() < closes:
            return moment


def online_moment(rng: Random, day: date) -> datetime:
    """Online the shop never closes."""
    return moment_on(rng, day, distributions()["hour_share_raw_24h"])


def lines_in_basket(rng: Random) -> int:
    quantiles = distributions()["lines_per_order_quantiles"]
    return min(MAX_LINES, max(1, round(rng.choice(quantiles) * BASKET_SCALE)))


def buying_weight(rng: Random) -> float:
    """How often a person buys: gamma, as fitted to the purchase rates of members."""
    fitted = distributions()["purchase_rate_per_day"]
    return rng.gammavariate(fitted["gamma_shape"], fitted["gamma_scale_per_day"]) + 0.002
