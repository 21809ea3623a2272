"""Who asks a plugin's route, and the record of what was done there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g

from core.buyers.service import find_session as find_buyer
from core.operator.presence import at_console
from core.plugin.ports import StaffFacts
from core.staff import audit
from core.web.tokens import BUYER, required
from tenants.context import current


class RequestGuard:
    """The core's `Guard`: the same look at the bearer token as the core's own views, one statement."""

    def buyer(self) -> int:
        """The logged-in shopper; raises Unauthenticated."""
        g.buyer = find_buyer(required(BUYER, current().key))
        return g.buyer.id

    def staff(self, permission: str, store_id: int | None) -> StaffFacts:
        """The logged-in staff member; raises Unauthenticated, PermissionMissing, OtherStore."""
        staff = g.staff = at_console()
        staff.check_permission(permission)
        if store_id is not None:
            staff.check_store(store_id)
        return StaffFacts(staff.id, staff.name, staff.role, staff.stores, frozenset(staff.permissions))

    def audit(self, action: str, target: str, detail: Mapping[str, Any]) -> None:
        audit.record(action, target, **detail)
