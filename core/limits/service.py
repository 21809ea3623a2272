"""The plan of the bound shop, enforced at the moment something new begins. Lowering it stops nothing that exists."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import TextClause, text

from core.db import db
from core.limits import counting, domain
from core.limits.domain import Usage
from core.limits.errors import ShopBusy
from core.services import services
from tenants import plans
from tenants.context import current
from tenants.db import PLATFORM
from tenants.plans import NUMBERS, Terms

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
_STORES = text("SELECT count(*) AS used, coalesce(bool_or(id = :waking), false) AS awake FROM store WHERE active")
_STAFF = text("SELECT count(*) AS used, coalesce(bool_or(id = :waking), false) AS awake FROM staff WHERE active")

_KEPT_MOST = 5000
_kept: dict[tuple[str, int], Terms] = {}


def usage() -> list[Usage]:
    """Every limit of the bound shop with what is used of it now; see `domain.Usage`. Four statements."""
    ref = services().registry.fresh(current())
    return domain.rows(terms(), {**counting.counts(), "plugins": len(ref.plugins)})


def warnings() -> list[Usage]:
    """The limits of the bound shop that are near or reached, counted within the last minute.

    Nothing is asked where the plan has no limits; otherwise one statement a minute.
    """
    found = _terms_of_version()
    if all(found.most(name) is None for name in NUMBERS):
        return []
    used = {**counting.kept_counts(), "plugins": len(current().plugins)}
    return [row for row in domain.rows(found, used) if row.state != "ok"]


def terms() -> Terms:
    """The bound shop's plan, read past every cache."""
    with db.engines[PLATFORM].connect() as connection:
        return plans.terms(connection, current().id)


def check_store(waking: int | None = None) -> None:
    """Raise PlanLimit unless one more store may be open; `waking` is one that is to be switched on again.

    Until the caller commits nobody else gets past here: two last stores at once become one.
    """
    _check("stores", _STORES, waking)


def check_staff(waking: int | None = None) -> None:
    """The same for accounts of staff that may log in."""
    _check("staff", _STAFF, waking)


def check_plugins(in_use: Collection[str], name: str) -> None:
    """Raise PlanLimit unless `name` may be switched on beside `in_use`; the caller holds the shop's switchboard."""
    if name not in in_use:
        domain.check_room(terms(), "plugins", len(in_use))


def check_checkout() -> None:
    """Raise ShopBusy when the month's orders are more than a tenth above the plan.

    For new online orders only; the plan may be some seconds old, the count a minute.
    """
    most = _terms_of_version().most("orders_month")
    if most is not None and counting.month_orders() >= domain.checkouts(most):
        raise ShopBusy


def _check(name: str, count: TextClause, waking: int | None) -> None:
    """The plan is read by whose turn it is: a limit that is new meanwhile counts whoever came before it."""
    db.session.execute(_ALONE, {"what": f"jishi limit {current().key} {name}"})
    found = terms()
    if found.most(name) is None:
        return
    row = db.session.execute(count, {"waking": waking}).one()
    if not row.awake:
        domain.check_room(found, name, row.used)


def _terms_of_version() -> Terms:
    """Kept for as long as the registry says the same `settings_version`: it grows with every change of the plan."""
    ref = current()
    found = _kept.get((ref.key, ref.settings_version))
    if found is None:
        if len(_kept) >= _KEPT_MOST:
            _kept.clear()
        found = _kept[ref.key, ref.settings_version] = terms()
    return found
