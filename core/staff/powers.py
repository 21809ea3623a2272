"""Who may make somebody what: nobody gives what he doesn't have, nobody touches those above. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from core.plugin import Permission
from core.staff.domain import Grants, StaffFacts, known_permissions
from core.staff.errors import AboveOwnRole, NotOwnToGive, OtherStore, OwnerNotReduced, UnknownPermission

_RANKS = {"clerk": 1, "manager": 2, "owner": 3}


def check_role(actor: StaffFacts, role: str) -> None:
    """Raise AboveOwnRole for a role above `actor`'s own."""
    if _RANKS[role] > _RANKS[actor.role]:
        raise AboveOwnRole


def check_grants(actor: StaffFacts, after: Grants, before: Grants | None = None) -> None:
    """Raise AboveOwnRole, NotOwnToGive unless `actor` has whatever is in `after` and was not in `before`."""
    check_role(actor, after.role)
    had = before.permissions(actor.declared) if before else frozenset()
    foreign = after.permissions(actor.declared) - had - actor.permissions
    if foreign:
        raise NotOwnToGive(permissions=sorted(foreign))


def check_reach(actor: StaffFacts, target: Grants) -> None:
    """Raise AboveOwnRole, NotOwnToGive where setting the other's password would make `actor` more than he is."""
    check_grants(actor, target)


def check_scope(actor: StaffFacts, store_ids: Collection[int]) -> None:
    """Raise OtherStore where `store_ids` (empty: all) reaches beyond `actor`'s own stores."""
    if actor.stores is not None and not (store_ids and actor.stores.issuperset(store_ids)):
        raise OtherStore("只能授予自己负责的门店")


def check_names(grants: Grants, declared: Iterable[Permission], before: Grants) -> None:
    """Raise UnknownPermission for a name that nobody asks for, unless it stood there before (its plugin is off now),
    and OwnerNotReduced for an owner with exceptions.
    """
    if grants.role == "owner" and (grants.added or grants.removed):
        raise OwnerNotReduced(field="permissions_removed" if grants.removed else "permissions_added")
    known = known_permissions(declared) | before.added | before.removed
    for field, names in (("permissions_added", grants.added), ("permissions_removed", grants.removed)):
        if names - known:
            raise UnknownPermission(field=field, permissions=sorted(names - known))
