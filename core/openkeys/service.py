"""API keys: made once, shown once, kept as fingerprints, revocable."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from sqlalchemy import RowMapping, text

from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.openkeys.domain import KeyFacts
from core.openkeys.errors import ApiKeyNotFound, BadApiKey
from core.web.tokens import API_KEY, issue
from tenants.context import current

CACHE_SECONDS = 2.0
"""How long a process may go on trusting a key after it was revoked elsewhere."""

_MAX_CACHED = 4096
_HINT = 4

_cache: dict[tuple[str, bytes], tuple[float, KeyFacts]] = {}

_FIND = text("SELECT id, name, scopes FROM api_key WHERE key_hash = :hash AND revoked_at IS NULL")
_CREATE = text(
    "INSERT INTO api_key (name, hint, key_hash, scopes, created_at)"
    " VALUES (:name, :hint, :hash, CAST(:scopes AS text[]), :now) RETURNING id"
)
_PAGE = text(
    """
    SELECT id, name, hint, scopes, created_at, revoked_at FROM api_key
    WHERE CAST(:after AS bigint) IS NULL
       OR (revoked_at IS NOT NULL, -id) > (SELECT revoked_at IS NOT NULL, -id FROM api_key WHERE id = :after)
    ORDER BY revoked_at IS NOT NULL, -id LIMIT :limit
    """
)
_ONE = text("SELECT id, name, hint, scopes, created_at, revoked_at FROM api_key WHERE id = :id")
_REVOKE = text("UPDATE api_key SET revoked_at = coalesce(revoked_at, :now) WHERE id = :id RETURNING key_hash")


def find_key(key: str) -> KeyFacts:
    """The key's facts, at most CACHE_SECONDS old; raises BadApiKey."""
    place = (current().key, fingerprint(key))
    cached = _cache.get(place)
    if cached is not None and monotonic() - cached[0] < CACHE_SECONDS:
        return cached[1]
    row = db.session.execute(_FIND, {"hash": place[1]}).first()
    if row is None:
        _cache.pop(place, None)
        raise BadApiKey
    if len(_cache) >= _MAX_CACHED:
        _cache.clear()
    facts = KeyFacts(row.id, row.name, frozenset(row.scopes))
    _cache[place] = (monotonic(), facts)
    return facts


def create_key(name: str, scopes: Sequence[str]) -> tuple[RowMapping, str]:
    """A new key: its row and the key itself, which nobody can show a second time. The caller commits."""
    key = issue(API_KEY, current().key)
    values = {"name": name, "hint": key[-_HINT:], "hash": fingerprint(key), "scopes": sorted(set(scopes)), "now": now()}
    key_id = db.session.execute(_CREATE, values).scalar_one()
    return db.session.execute(_ONE, {"id": key_id}).mappings().one(), key


def page(limit: int, after: int | None = None) -> Sequence[RowMapping]:
    """Keys behind the one with the id `after`, the newest first and the revoked ones last; `hint` holds its last
    characters.
    """
    return db.session.execute(_PAGE, {"limit": limit, "after": after}).mappings().all()


def revoke_key(key_id: int) -> None:
    """Refuse the key from now on; revoking twice keeps the first moment. Raises ApiKeyNotFound."""
    key_hash = db.session.execute(_REVOKE, {"id": key_id, "now": now()}).scalar()
    if key_hash is None:
        raise ApiKeyNotFound
    _cache.pop((current().key, bytes(key_hash)), None)
