"""Sign-up (商户入驻): a request in the registry at once, the shop a moment later.

`tenants` knows nothing about staff: the caller brings `protect`, which turns the password into what may be stored, and
`seed`, which makes the owner's account inside the new tenant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql import insert

from tenants import provision
from tenants.context import TenantRef, bind
from tenants.errors import NameTaken, SignupInvalid, TenantStateConflict
from tenants.history import History
from tenants.models import Tenant
from tenants.owner import transaction

log = structlog.get_logger(__name__)

Seed = Callable[[TenantRef, dict[str, Any]], None]

SLUG = re.compile(r"[a-z][a-z0-9-]{1,30}[a-z0-9]")
PHONE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_APPID = re.compile(r"wx[0-9a-f]{16}")
# fmt: off
RESERVED = frozenset((
    "account", "accounts", "admin", "api", "app", "apps", "assets", "auth", "beta", "blog", "callback", "cdn",
    "console", "demo", "dev", "dns", "doc", "docs", "files", "ftp", "grafana", "health", "healthz", "help",
    "images", "imap", "img", "internal", "jishi", "local", "localhost", "login", "mail", "media", "metrics",
    "mx", "notify", "ns", "ns1", "ns2", "oauth", "open", "operator", "pay", "payment", "platform", "pop",
    "public", "register", "root", "shop", "signup", "simulator", "smtp", "sso", "staging", "static", "status",
    "store", "support", "system", "tenant", "tenants", "test", "webhook", "wechat", "weixin", "www",
))
# fmt: on
_STALE = text(
    "SELECT id FROM platform.tenant WHERE status IN ('requested', 'provisioning')"
    " AND seed IS NOT NULL AND created_at < now() - make_interval(secs => :seconds) ORDER BY id"
)


class SignupSchema(Schema):
    """Retailer's name, slug (the shop's address), the owner's phone and password."""

    class Meta:
        unknown = RAISE

    retailer = fields.String(required=True, validate=validate.Length(1, 64, error="请填写 1 到 64 个字的商户名称"))
    slug = fields.String(required=True)
    phone = fields.String(required=True)
    password = fields.String(
        required=True, load_only=True, validate=validate.Length(8, 128, error="密码长度应为 8 到 128 位")
    )

    @validates("retailer")
    def _retailer(self, value: str, **_: Any) -> None:
        if not value.strip() or not value.isprintable():
            raise ValidationError("商户名称不能为空，也不能含有控制字符")

    @validates("slug")
    def _slug(self, value: str, **_: Any) -> None:
        problem = slug_problem(value)
        if problem:
            raise ValidationError(problem)

    @validates("phone")
    def _phone(self, value: str, **_: Any) -> None:
        if not PHONE.fullmatch(value):
            raise ValidationError("请填写 11 位手机号")


@dataclass(frozen=True, slots=True)
class SignupRequest:
    """An accepted sign-up whose shop is not there yet."""

    id: int
    slug: str


def slug_problem(slug: str) -> str | None:
    """Why `slug` can't be a shop's address, or None."""
    if not SLUG.fullmatch(slug) or "--" in slug:
        return "网址须为 3 到 32 位小写字母、数字或连字符，以字母开头，不能以连字符结尾或连续使用连字符"
    if slug in RESERVED or _APPID.fullmatch(slug):
        return f"网址 {slug} 是保留名称，请换一个"
    return None


def request(platform: Engine, data: dict[str, Any], protect: Callable[[str], str]) -> SignupRequest:
    """Check `data` (see SignupSchema) and note the request; raises SignupInvalid or NameTaken.

    Stores `protect(password)`, never the password.
    """
    form = _load(data)
    seed = {
        "retailer": form["retailer"].strip(),
        "slug": form["slug"],
        "phone": form["phone"],
        "password_hash": protect(form["password"]),
    }
    wanted = insert(Tenant).values(slug=form["slug"], name=seed["retailer"], seed=seed)
    wanted = wanted.on_conflict_do_nothing(index_elements=["slug"], index_where=text("status <> 'deleted'")).returning(
        Tenant.id
    )
    with platform.begin() as connection:
        tenant_id = connection.execute(wanted).scalar()
    if tenant_id is None:
        raise NameTaken(f"店铺网址 {form['slug']} 已被使用，请换一个", field="slug")
    log.info("signup_requested", tenant_id=tenant_id, slug=form["slug"])
    return SignupRequest(tenant_id, form["slug"])


def activate(owner: Engine, history: History, tenant_id: int, seed: Seed) -> TenantRef:
    """Give a requested tenant its schema, its owner's account and its opening; the job of a worker.

    `seed(ref, data)` runs bound to the tenant, `data` holding retailer, slug, phone and password_hash. It must be
    idempotent: after a crash between seeding and opening it runs again. Never twice at once. Raises
    TenantStateConflict for a tenant that is neither requested nor active.
    """
    with transaction(owner) as lock:
        lock.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"jishi activate {tenant_id}"])
        opened = _opened(lock, tenant_id)
        if opened:
            return opened
        ref = provision.assign(owner, history, tenant_id)
        row = lock.execute("SELECT seed FROM platform.tenant WHERE id = %s", [tenant_id]).fetchone()
        with bind(ref):
            seed(ref, (row and row[0]) or {})
        active = provision.activate_in(lock, tenant_id)
    log.info("tenant_activated", tenant=active.key, slug=active.slug)
    return active


def provision_now(
    owner: Engine, history: History, data: dict[str, Any], protect: Callable[[str], str], seed: Seed
) -> TenantRef:
    """Request and activate in one go (command line, tests, demo data)."""
    return activate(owner, history, request(owner, data, protect).id, seed)


def waiting(platform: Engine, seconds: float = 60) -> list[int]:
    """Ids of sign-ups older than `seconds` that nobody has finished: their job was lost."""
    with platform.connect() as connection:
        return list(connection.execute(_STALE, {"seconds": seconds}).scalars())


def _load(data: dict[str, Any]) -> dict[str, Any]:
    try:
        return SignupSchema().load(data)
    except ValidationError as error:
        field = next(iter(error.normalized_messages()))
        raise SignupInvalid(field=field, errors=error.normalized_messages()) from error


def _opened(lock: Any, tenant_id: int) -> TenantRef | None:
    row = lock.execute(
        f"SELECT {provision.REF_COLUMNS} FROM platform.tenant WHERE id = %s AND status = 'active'", [tenant_id]
    ).fetchone()
    return TenantRef(*row) if row else None


__all__ = [
    "RESERVED",
    "SignupRequest",
    "SignupSchema",
    "TenantStateConflict",
    "activate",
    "provision_now",
    "request",
    "slug_problem",
    "waiting",
]
