"""Campaigns in the database: what applies now, and what staff edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, text, update

from core.plugin import Refused

from .domain import Basis, Gift, Level, Mode, Rule
from .models import CampaignRow

MOST = 200
"""So many campaigns a shop may keep."""

_ACTIVE = text(
    """
    SELECT id, version, basis, mode, levels, products, categories, max_times, max_off_fen, with_coupons,
           (SELECT jsonb_object_agg(id, jsonb_build_array(name, stock)) FROM fullreduction_gift) AS gifts,
           (SELECT array_agg(product_id) FROM fullreduction_excluded) AS excluded
    FROM fullreduction_rule
    WHERE active AND starts_at <= :now AND (ends_at IS NULL OR ends_at > :now)
    ORDER BY priority, id
    """
)


def active(session: Any, now: datetime) -> tuple[Rule, ...]:
    """Rules that apply at `now`, by priority; one statement. Gifts that are gone are promised no more (送完为止)."""
    rules = (_rule(row) for row in session.execute(_ACTIVE, {"now": now}).mappings())
    return tuple(rule for rule in rules if rule.levels)


def _rule(row: RowMapping) -> Rule:
    levels = (_level(stored, row["gifts"] or {}) for stored in row["levels"])
    return Rule(
        id=row["id"],
        version=row["version"],
        basis=Basis(row["basis"]),
        mode=Mode(row["mode"]),
        levels=tuple(level for level in levels if level.gives_anything),
        products=frozenset(row["products"]),
        categories=frozenset(row["categories"]),
        max_times=row["max_times"],
        max_off_fen=row["max_off_fen"],
        with_coupons=row["with_coupons"],
        excluded=frozenset(row["excluded"] or ()),
    )


def _level(stored: Mapping[str, Any], gifts: Mapping[str, Sequence[Any]]) -> Level:
    benefits = {key: stored[key] for key in ("off_fen", "percent", "free_shipping")}
    return Level(stored["at"], **benefits, gift=_gift(stored, gifts))


def _gift(stored: Mapping[str, Any], gifts: Mapping[str, Sequence[Any]]) -> Gift | None:
    name, stock = gifts.get(stored["gift_id"] or "", ("", 0))
    quantity = stored["gift_quantity"]
    return Gift(int(stored["gift_id"]), name, quantity) if stock >= quantity else None


def page(session: Any, after: int | None, limit: int) -> Sequence[CampaignRow]:
    """Campaigns by age, oldest first; `after` is the id that the last page ended with."""
    rows = select(CampaignRow).where(CampaignRow.id > (after or 0)).order_by(CampaignRow.id).limit(limit)
    return session.scalars(rows).all()


def every(session: Any) -> Sequence[CampaignRow]:
    """Campaigns in the order in which they are asked, MOST of them at most."""
    return session.scalars(select(CampaignRow).order_by(CampaignRow.priority, CampaignRow.id).limit(MOST)).all()


def find(session: Any, rule_id: int) -> CampaignRow | None:
    return session.get(CampaignRow, rule_id)


def create(session: Any, values: Mapping[str, Any]) -> int:
    """Returns the new campaign's id; raises Refused when there are MOST."""
    if session.scalar(select(func.count()).select_from(CampaignRow)) >= MOST:
        raise Refused("too_many_rules", "活动已达 200 个，请先删除不用的活动")
    return session.execute(insert(CampaignRow).values(values).returning(CampaignRow.id)).scalar_one()


def replace(session: Any, rule_id: int, version: int, values: Mapping[str, Any]) -> bool:
    """Write all values anew if the campaign still is what the caller saw; False when it is not."""
    seen = (CampaignRow.id == rule_id, CampaignRow.version == version)
    return session.execute(update(CampaignRow).where(*seen).values(**values, version=version + 1)).rowcount == 1


def switch(session: Any, rule_id: int, active: bool) -> bool:
    """Let a campaign apply, or not; False when there is none."""
    changed = update(CampaignRow).where(CampaignRow.id == rule_id)
    return session.execute(changed.values(active=active, version=CampaignRow.version + 1)).rowcount == 1


def remove(session: Any, rule_id: int) -> bool:
    """Orders keep their price ledger, and what they were given."""
    return session.execute(delete(CampaignRow).where(CampaignRow.id == rule_id)).rowcount == 1


def levels_by_id(session: Any, ids: Iterable[int]) -> Mapping[int, Sequence[Mapping[str, Any]]]:
    """The stored levels of campaigns."""
    rows = session.execute(select(CampaignRow.id, CampaignRow.levels).where(CampaignRow.id.in_(list(ids))))
    return {row.id: row.levels for row in rows}
