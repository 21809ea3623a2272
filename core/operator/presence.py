"""Who is at the console: somebody of the shop, or somebody of the platform who entered it with a reason."""

from __future__ import annotations

from core.operator import support
from core.staff.domain import IDLE_LIFE, StaffFacts
from core.staff.service import find_session
from core.web.pages import cookie, is_page
from core.web.tokens import STAFF, SUPPORT, required
from tenants.context import current


def at_console() -> StaffFacts:
    """The staff member of this request, or SupportFacts on pages; raises Unauthenticated, SessionExpired.

    Who entered from the platform keeps that role until he leaves, whatever else the browser is logged in as. Programs
    with a bearer token are never support.
    """
    key = current().key
    if not is_page():
        return find_session(required(STAFF, key))
    if cookie(SUPPORT):
        return support.find(required(SUPPORT, key))
    return find_session(required(STAFF, key), idle=IDLE_LIFE)
