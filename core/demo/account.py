"""The demo tenant, its owner's login and the till's API key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, text

from core.clock import now
from core.crypto import derive, fingerprint
from core.data.demologin import NAME, PASSWORD, PHONE, SLUG
from core.db import db
from core.migrations import HISTORY
from core.openkeys.domain import SCOPES
from core.services import services
from core.staff.service import hash_password, seed_owner
from core.web.tokens import API_KEY
from tenants import provision, signup
from tenants.context import TenantRef, current
from tenants.owner import owning, transaction

_WAITING = "SELECT id FROM platform.tenant WHERE slug = %s AND status IN ('requested', 'provisioning')"
_ADD_KEY = text(
    """
    INSERT INTO api_key (name, hint, key_hash, scopes, created_at)
    VALUES (:name, :hint, :hash, CAST(:scopes AS text[]), :now) ON CONFLICT (key_hash) DO NOTHING
    """
)


def open_tenant() -> TenantRef:
    """The demo tenant, opened if it is not there.

    Its slug is reserved, so that nobody else signs up under it: the request is written past the form.
    """
    registry = services().registry
    ref = registry.by_slug(SLUG)
    if ref is not None:
        return ref
    with owning(services().config) as engine:
        ref = signup.activate(engine, HISTORY, _request(engine), _seed)
    registry.invalidate()
    return ref


def _request(engine: Engine) -> int:
    """The id of the tenant's row; one that an interrupted start left is taken up."""
    with transaction(engine) as connection:
        row = connection.execute(_WAITING, [SLUG]).fetchone()
        return row[0] if row else provision.insert_request(connection, SLUG, NAME)


def _seed(ref: TenantRef, data: dict[str, Any]) -> None:
    seed_owner(ref, {"phone": PHONE, "password_hash": hash_password(PASSWORD)})


def till_key(ref: TenantRef) -> str:
    """The demo till's API key: made from the master key, so that it can be shown at every start."""
    return f"{API_KEY}_{ref.key}_{derive(services().config.master_key, f'demo till key {ref.key}').hex()[:32]}"


def make_till_key() -> None:
    """Once revoked it stays revoked."""
    key = till_key(current())
    values = {"name": "演示收银台", "hint": key[-4:], "hash": fingerprint(key), "scopes": sorted(SCOPES), "now": now()}
    db.session.execute(_ADD_KEY, values)
    db.session.commit()
