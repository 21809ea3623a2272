"""Staff, their stores, roles and devices as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.staff import powers
from core.staff.domain import ROLE_LABELS, Grants, StaffFacts
from core.staff.errors import AboveOwnRole, NotOwnToGive
from core.ui.formats import ago
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Row

_STORES = text("SELECT id, name FROM store WHERE active OR id = ANY(:more) ORDER BY code")

ROLE_WORDS = {
    "owner": _l("什么都能做，包括收款、员工、插件和店铺设置。只给自己和最信任的人。"),
    "manager": _l("管日常经营：商品、库存、订单改价和退款、会员、报表。不能动收款、员工和插件。"),
    "clerk": _l("在柜台干活：看订单、备货发货、核销、入库盘点。不能改价和退款，看不到会员和报表。"),
}
_PHONES = ("iPhone", "Android", "HarmonyOS", "iPad", "微信")


def store_names(more: Iterable[int] = ()) -> dict[int, str]:
    """The names of the open stores and of `more`, by id."""
    return {row.id: row.name for row in db.session.execute(_STORES, {"more": list(more)})}


def stores_in_words(store_ids: Sequence[int], names: Mapping[int, str] | None = None) -> str:
    """`中兴店、桥西店`; everything where no store is named."""
    if not store_ids:
        return _("全部门店")
    known = store_names(store_ids) if names is None else names
    return _("、").join(known.get(store_id, str(store_id)) for store_id in store_ids)


def sessions_shown(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sessions with an icon and words for the device."""
    return [
        {
            **row,
            "device": told(row["user_agent"]) or _("未知设备"),
            "icon": "device-mobile" if any(mark in row["user_agent"] for mark in _PHONES) else "device-desktop",
        }
        for row in rows
    ]


def roles_to_give(actor: StaffFacts) -> list[dict[str, Any]]:
    """The roles that `actor` may give to somebody: key, label, what it may do in words."""
    return [
        {"key": role, "label": told(ROLE_LABELS[role]), "words": ROLE_WORDS[role]}
        for role in ("clerk", "manager", "owner") if _may_give(actor, role)
    ]


def _may_give(actor: StaffFacts, role: str) -> bool:
    try:
        powers.check_grants(actor, Grants(role))
    except (AboveOwnRole, NotOwnToGive):
        return False
    return True


def scope_choices(actor: StaffFacts, more: Iterable[int] = ()) -> list[tuple[int, str]]:
    """The stores that `actor` may give."""
    return [(key, name) for key, name in store_names(more).items() if actor.stores is None or key in actor.stores]


def is_locked(person: Mapping[str, Any]) -> bool:
    return person["locked_until"] is not None and person["locked_until"] > now()


def state_of(person: Mapping[str, Any]) -> Cell:
    if not person["active"]:
        return Cell(_("已停用"), tone="muted")
    if is_locked(person):
        return Cell(_("已锁定"), tone="danger")
    return Cell(_("在用"), tone="success")


def person_row(person: Mapping[str, Any], names: Mapping[int, str]) -> Row:
    """A line of the list of staff."""
    own_rules = bool(person["permissions_added"] or person["permissions_removed"])
    return Row(
        {
            "name": Cell(person["name"], sub=person["phone"]),
            "role": Cell(told(ROLE_LABELS[person["role"]]), sub=_("权限有调整") if own_rules else ""),
            "stores": stores_in_words(person["store_ids"], names),
            "two_factor": Cell(_("已开启"), tone="success") if person["two_factor"] else Cell(_("未开启"), tone="muted"),
            "seen": ago(person["seen_at"]) or _("从未登录"),
            "state": state_of(person),
        },
        id=person["id"], href=url_for("console_staff_pages.show", staff_id=person["id"]),
    )


def invitation_shown(one: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    """An invitation that waits, and what can be done about it."""
    return {
        **one,
        "role": told(ROLE_LABELS[one["role"]]),
        "stores": stores_in_words(one["store_ids"], names),
        "by": one["invited_by_name"] or "–",
        "actions": [
            Action(_("新链接"), url_for("console_invitations_pages.resend", invitation_id=one["id"]), "refresh", post=True),
            Action(_("撤回"), url_for("console_invitations_pages.revoke", invitation_id=one["id"]), post=True,
                   confirm=_("撤回后，发出去的链接就不能用了。确定撤回？")),
        ],
    }
