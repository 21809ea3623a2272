"""Settings of the plugin (PT-1); the schema is also the merchant's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from core.plugin import shop
from core.plugin.web import Moment, Text

from . import domain
from .messages import say

MOMENTS = ("paid", "received", "completed", "after_sale")
EXPIRIES = ("never", "months", "year")


def _number(key: str, default: int, low: int = 0, high: int = 1_000_000) -> ma.fields.Integer:
    metadata = {"label": say(f"setting.{key}"), "help": say(f"help.{key}")}
    return ma.fields.Integer(strict=True, load_default=default, validate=Range(low, high), metadata=metadata)


def _switch(key: str, default: bool) -> ma.fields.Boolean:
    return ma.fields.Boolean(
        load_default=default, metadata={"label": say(f"setting.{key}"), "help": say(f"help.{key}")}
    )


def _choice(key: str, values: tuple[str, ...], default: str) -> ma.fields.String:
    labels = [say(f"{key}.{value}") for value in values]
    metadata = {"label": say(f"setting.{key}"), "help": say(f"help.{key}")}
    return ma.fields.String(load_default=default, validate=OneOf(values, labels), metadata=metadata)


def _instant(key: str) -> Moment:
    return Moment(
        load_default=None, allow_none=True, metadata={"label": say(f"setting.{key}"), "help": say(f"help.{key}")}
    )


def _template(key: str) -> Text:
    return Text(64, 0, load_default="", metadata={"label": say(f"setting.{key}"), "help": say(f"help.{key}")})


class MonthTask(ma.Schema):
    """A task of the month: so many orders earn so many points."""

    orders = ma.fields.Integer(
        strict=True, required=True, validate=Range(1, 1000), metadata={"label": say("setting.task_orders")}
    )
    points = ma.fields.Integer(
        strict=True, required=True, validate=Range(1, 1_000_000), metadata={"label": say("setting.task_points")}
    )


class PointsSettings(ma.Schema):
    """Earning, spending, lifetime, levels, sign-in, tasks, notices: in the order of the form."""

    per_yuan = _number("per_yuan", 1, 0, 10_000)
    moment = _choice("moment", MOMENTS, "completed")
    after_sale_days = _number("after_sale_days", 7, 0, 365)
    freeze_days = _number("freeze_days", 0, 0, 365)
    activity_percent = _number("activity_percent", 100, 0, 10_000)
    activity_from = _instant("activity_from")
    activity_until = _instant("activity_until")
    daily_cap = _number("daily_cap", 0)
    earn_history = _switch("earn_history", True)

    spend = _switch("spend", True)
    ratio = _number("ratio", 100, 1, 100_000)
    step = _number("step", 1, 1, 100_000)
    minimum = _number("minimum", 0)
    order_cap = _number("order_cap", 0)
    order_percent = _number("order_percent", 50, 1, 100)
    with_coupons = _switch("with_coupons", True)

    expiry = _choice("expiry", EXPIRIES, "never")
    expiry_months = _number("expiry_months", 12, 1, 120)
    grace_days = _number("grace_days", 30, 1, 365)

    levels = _switch("levels", True)
    level_months = _number("level_months", 12, 0, 120)

    sign_in_points = _number("sign_in_points", 0, 0, 10_000)
    streak_days = _number("streak_days", 7, 0, 365)
    streak_points = _number("streak_points", 0, 0, 10_000)
    first_order_points = _number("first_order_points", 0)
    phone_points = _number("phone_points", 0)
    month_tasks = ma.fields.List(
        ma.fields.Nested(MonthTask), load_default=list, validate=Length(0, 5),
        metadata={"label": say("setting.month_tasks"), "help": say("help.month_tasks")},
    )  # fmt: skip

    notice_30 = _template("notice_30")
    notice_7 = _template("notice_7")

    @ma.validates_schema
    def _check(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        begin, end = data.get("activity_from"), data.get("activity_until")
        if begin and end and begin >= end:
            raise ma.ValidationError(say("bad_activity"), "activity_until")


def settings() -> Mapping[str, Any]:
    """The shop's settings of this plugin, typed."""
    return shop().settings("points")


def spend_rules(own: Mapping[str, Any]) -> domain.SpendRules:
    return domain.SpendRules(
        own["ratio"], own["step"], own["minimum"], own["order_cap"], own["order_percent"], own["with_coupons"]
    )


def activity_percent(own: Mapping[str, Any], at: datetime) -> int:
    """积分翻倍: the multiplier in force at `at`, in percent."""
    begun = own["activity_from"] is None or own["activity_from"] <= at
    ended = own["activity_until"] is not None and own["activity_until"] <= at
    return own["activity_percent"] if begun and not ended else 100


def lifetime(own: Mapping[str, Any], at: datetime, freeze_days: int = 0) -> tuple[datetime, datetime | None]:
    """(available_at, expires_at) of points credited at `at`."""
    available = at + timedelta(days=freeze_days)
    return available, domain.expires_at(available, own["expiry"], own["expiry_months"])
