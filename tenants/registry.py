"""Finding the tenant: by host, appid, key, callback token, slug or id. Read on every request, so cached."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from sqlalchemy import Engine, Row, TextClause, text

from tenants.context import TenantRef
from tenants.errors import TenantClosed, TenantMoving, TenantSuspended, UnknownTenant

_COLUMNS = """
    t.id, t.key, t.slug, t.name, t.status, t.settings_version,
    ARRAY(SELECT ARRAY[p.plugin, p.state] FROM platform.tenant_plugin p
          WHERE p.tenant_id = t.id AND p.state <> 'off' ORDER BY p.plugin)
"""
_KNOWN = "t.key IS NOT NULL AND t.status NOT IN ('requested', 'provisioning', 'deleted')"
_APPID = re.compile(r"wx[0-9a-f]{16}")
_PORT = re.compile(r":\d*\Z")
_CACHE_LIMIT = 20_000


def _lookup(join: str, condition: str) -> TextClause:
    source = f"platform.tenant t {join}"
    return text(f"SELECT {_COLUMNS} FROM {source} WHERE {condition} = :value AND {_KNOWN}")


_LOOKUPS = {
    "slug": _lookup("", "t.slug"),
    "key": _lookup("", "t.key"),
    "id": _lookup("", "t.id"),
    "host": _lookup("JOIN platform.tenant_host a ON a.tenant_id = t.id", "a.host"),
    "appid": _lookup("JOIN platform.tenant_appid a ON a.tenant_id = t.id", "a.appid"),
    "token": _lookup("JOIN platform.callback_token a ON a.tenant_id = t.id", "a.token"),
}
_ACTIVE = text(
    f"SELECT {_COLUMNS} FROM platform.tenant t WHERE t.status = 'active' AND t.id > :after ORDER BY t.id LIMIT 500"
)


class Registry:
    """Look-ups return a TenantRef, of suspended and closed tenants too (see `status`), or None.

    Answers are kept for `ttl` seconds per process; `engine` is the platform's.
    """

    def __init__(self, engine: Engine, domain: str, ttl: float = 5.0) -> None:
        self._engine = engine
        self._suffix = f".{normal_host(domain)}"
        self._ttl = ttl
        self._cache: dict[tuple[str, str | int], tuple[float, TenantRef | None]] = {}

    def fresh(self, ref: TenantRef) -> TenantRef:
        """The same tenant as it stands now, past the cache; `ref` itself if it is gone."""
        return self._load("key", ref.key) or ref

    def by_host(self, host: str) -> TenantRef | None:
        """`<slug>.<domain>`, `<appid>.<domain>` or a domain of the tenant's own; port and case don't matter."""
        name = normal_host(host)
        if not name:
            return None
        if not name.endswith(self._suffix):
            return self._find("host", name)
        label = name.removesuffix(self._suffix)
        return self.by_appid(label) if _APPID.fullmatch(label) else self.by_slug(label)

    def by_appid(self, appid: str) -> TenantRef | None:
        return self._find("appid", appid)

    def by_key(self, key: str) -> TenantRef | None:
        return self._find("key", key)

    def by_callback_token(self, token: str) -> TenantRef | None:
        return self._find("token", token)

    def by_slug(self, slug: str) -> TenantRef | None:
        return self._find("slug", slug)

    def by_id(self, tenant_id: int) -> TenantRef | None:
        return self._find("id", tenant_id)

    def active(self) -> Iterator[TenantRef]:
        """All active tenants in order of id, read page by page past the cache."""
        after = 0
        while page := self._page(after):
            yield from page
            after = page[-1].id

    def invalidate(self) -> None:
        """Forget every answer of this process."""
        self._cache.clear()

    def _find(self, kind: str, value: str | int) -> TenantRef | None:
        now = time.monotonic()
        expires, ref = self._cache.get((kind, value), (0.0, None))
        if expires > now:
            return ref
        ref = self._load(kind, value)
        if len(self._cache) >= _CACHE_LIMIT:
            self._cache.clear()
        self._cache[kind, value] = (now + self._ttl, ref)
        return ref

    def _load(self, kind: str, value: str | int) -> TenantRef | None:
        if not _storable(value):
            return None
        with self._engine.connect() as connection:
            row = connection.execute(_LOOKUPS[kind], {"value": value}).first()
        return None if row is None else _ref(row)

    def _page(self, after: int) -> list[TenantRef]:
        with self._engine.connect() as connection:
            return [_ref(row) for row in connection.execute(_ACTIVE, {"after": after})]


def _ref(row: Row) -> TenantRef:
    *facts, plugins = row
    return TenantRef(*facts, tuple((name, state) for name, state in plugins))


def _storable(value: str | int) -> bool:
    if isinstance(value, int):
        return 0 < value < 2**63
    return value.isascii() and "\x00" not in value


def normal_host(host: str) -> str:
    """Lower case, IDNA, without port and final dot; empty for what can't be a host name."""
    name = _PORT.sub("", host.strip()).rstrip(".").lower()
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def require_active(ref: TenantRef | None) -> TenantRef:
    """`ref` if it may be served; raises UnknownTenant, TenantSuspended, TenantMoving or TenantClosed."""
    if ref is None:
        raise UnknownTenant
    if ref.status == "active":
        return ref
    raise {"moving": TenantMoving, "closed": TenantClosed}.get(ref.status, TenantSuspended)
