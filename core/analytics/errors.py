from __future__ import annotations

from core.errors import Invalid, TooMany


class BadPeriod(Invalid):
    """The period is unknown, ends before it begins, or is longer than a year."""

    code = "bad_period"


class UnknownReport(Invalid):
    """There is no report of this name to export."""

    code = "unknown_report"
    message = "没有这个报表"


class TooManyVisits(TooMany):
    """More visits from one address than people make."""

    code = "too_many_visits"
    message = "访问过于频繁，请稍后再试"
