"""How amounts, quantities and times are written for people."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from markupsafe import Markup

from core.clock import now, shop_time
from core.money import yuan
from core.ui.i18n import gettext
from core.web.fields import quantity_text


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        money=money, plain_money=yuan, quantity=quantity, moment=moment, day=day, ago=ago, number=number,
        percent=percent, change=change, slot=slot,
    )


def money(fen: int | None) -> str:
    """`1234567` → `¥12,345.67`; nothing for None."""
    if fen is None:
        return ""
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def quantity(value: Decimal | int | str | None) -> str:
    """`Decimal("2.000")` → `2`."""
    return "" if value is None else quantity_text(Decimal(value))


def number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def percent(part: float | int | Decimal | None, whole: int | None = None) -> str:
    """`percent(1, 3)` → `33.3%`; a dash where nothing is counted."""
    if part is None or whole == 0:
        return "–"
    share = Decimal(part) / Decimal(whole) if whole is not None else Decimal(str(part))
    return f"{share * 100:.1f}%"


def change(current: int, before: int) -> str:
    """How much more than before: `+12.4%`, `-3.0%`; a dash where there was nothing before."""
    return f"{Decimal(current - before) / Decimal(before) * 100:+.1f}%" if before else "–"


def moment(value: datetime | str | None, seconds: bool = False) -> Markup | str:
    """On the shop's clock: `11-22 10:32`, with the year where it is another one."""
    if not value:
        return ""
    local = shop_time(_instant(value))
    text = _date_and_time(local) + (f":{local:%S}" if seconds else "")
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), text)


def _date_and_time(local: datetime) -> str:
    year = "" if local.year == shop_time(now()).year else f"{local.year}-"
    return f"{year}{local:%m-%d %H:%M}"


def slot(start: datetime | str | None, end: datetime | str | None) -> str:
    """`11-22 10:00–11:00`; nothing without a start."""
    if not start:
        return ""
    until = f"–{shop_time(_instant(end)):%H:%M}" if end else ""
    return f"{_date_and_time(shop_time(_instant(start)))}{until}"


def day(value: date | datetime | str | None) -> str:
    """`2026-11-22`."""
    if not value:
        return ""
    if isinstance(value, str) and len(value) == len("2026-11-22"):
        return value
    return (shop_time(_instant(value)) if isinstance(value, datetime | str) else value).strftime("%Y-%m-%d")


def ago(value: datetime | str | None) -> str:
    """`刚刚`, `5 分钟前`, `3 小时前`, `2 天前`."""
    if not value:
        return ""
    seconds = max(0, int((now() - _instant(value)).total_seconds()))
    if seconds < 60:
        return gettext("刚刚")
    for size, text in ((86400, "%(n)s 天前"), (3600, "%(n)s 小时前"), (60, "%(n)s 分钟前")):
        if seconds >= size:
            return gettext(text, n=seconds // size)
    return ""


def _instant(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
