"""Entering a shop (进店支持): with a reason that the merchant reads, for an hour, without money, keys or people.

The operator's page makes a ticket; the shop's host changes it, once and within a minute, into a token of its own kind.
No account of the shop's staff is made: `find` resolves the token to SupportFacts, which stands where StaffFacts does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, Row, RowMapping, text

from core.clock import now
from core.crypto import fingerprint, new_token
from core.db import db
from core.errors import Unauthenticated
from core.host.registry import host
from core.operator import log
from core.operator.domain import SUPPORT_LIFE, TICKET_LIFE, OperatorFacts, SupportFacts, checked_reason
from core.operator.errors import ShopNotOpen, TicketInvalid
from core.services import services
from core.staff.errors import SessionExpired
from core.web.tokens import SUPPORT, issue
from tenants.context import bind, current
from tenants.db import PLATFORM
from tenants.errors import UnknownTenant

_ENTER = text(
    """
    INSERT INTO platform.support_entry
        (operator_id, operator, tenant_id, reason, ticket_hash, ticket_until, created_at, expires_at)
    VALUES (:operator_id, :operator, :tenant, :reason, :hash, :ticket_until, :now, :until) RETURNING id
    """
)
_REDEEM = text(
    """
    UPDATE platform.support_entry e SET entered_at = :now, token_hash = :token FROM platform.operator o
    WHERE e.ticket_hash = :ticket AND e.tenant_id = :tenant AND e.entered_at IS NULL AND e.ticket_until > :now
      AND e.ended_at IS NULL AND o.id = e.operator_id AND o.active
    RETURNING e.id, e.operator_id, e.operator, e.reason, e.expires_at
    """
)
_FIND = text(
    """
    SELECT e.id, e.operator, e.reason, e.expires_at, e.ended_at, o.active
    FROM platform.support_entry e JOIN platform.operator o ON o.id = e.operator_id
    WHERE e.token_hash = :hash AND e.tenant_id = :tenant
    """
)
_END = text(
    "UPDATE platform.support_entry SET ended_at = :now WHERE id = :id AND tenant_id = :tenant AND ended_at IS NULL"
    " AND expires_at > :now RETURNING id, operator, reason, entered_at, expires_at"
)
_LIST = text(
    """
    SELECT id, operator, reason, created_at, entered_at, expires_at, ended_at FROM platform.support_entry
    WHERE tenant_id = :tenant ORDER BY id DESC LIMIT :limit
    """
)
_AUDIT = text(
    """
    INSERT INTO audit_log (at, actor, actor_id, action, target, detail)
    VALUES (:at, 'support', :entry, :action, :target, CAST(:detail AS jsonb))
    """
)
_VISITS = text(
    """
    SELECT e.id, e.at, e.actor_id AS entry_id, e.detail -> 'support' ->> 'operator' AS operator,
           e.detail -> 'support' ->> 'reason' AS reason, (e.detail ->> 'expires_at')::timestamptz AS expires_at,
           (SELECT min(l.at) FROM audit_log l WHERE l.actor_id = e.actor_id AND l.id > e.id AND l.actor = 'support'
            AND l.action = 'support.leave') AS left_at
    FROM audit_log e
    WHERE e.action = 'support.enter' AND (CAST(:before AS bigint) IS NULL OR e.id < :before)
    ORDER BY e.id DESC LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """`ticket` is for `redeem` on the shop's host `address`, within a minute."""

    entry_id: int
    ticket: str
    address: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Entered:
    """`token` is for `find`, until `expires_at`."""

    token: str
    facts: SupportFacts
    expires_at: datetime


def enter(who: OperatorFacts, tenant_id: int, reason: str) -> Ticket:
    """A ticket into an active shop; raises ReasonMissing, UnknownTenant, ShopNotOpen. Commits."""
    words, moment, ticket = checked_reason(reason), now(), new_token(32)
    ref = services().registry.by_id(tenant_id)
    if ref is None:
        raise UnknownTenant
    if services().registry.fresh(ref).status != "active":
        raise ShopNotOpen
    values = {
        "operator_id": who.id,
        "operator": who.name,
        "tenant": tenant_id,
        "reason": words,
        "hash": fingerprint(ticket),
        "ticket_until": moment + TICKET_LIFE,
        "now": moment,
        "until": moment + SUPPORT_LIFE,
    }
    with db.engines[PLATFORM].begin() as connection:
        entry_id = connection.execute(_ENTER, values).scalar_one()
        log.record(connection, who, "support.enter", tenant_id, words, entry=entry_id)
    return Ticket(entry_id, ticket, f"{ref.slug}.{services().config.domain}", values["ticket_until"])


def redeem(ticket: str) -> Entered:
    """On the shop's host: the ticket becomes a token, once, and the shop's audit log says who comes and why.

    Raises TicketInvalid. Commits both: nobody is inside without the merchant's line.
    """
    moment, token = now(), issue(SUPPORT, current().key)
    values = {"ticket": fingerprint(ticket), "token": fingerprint(token), "tenant": current().id, "now": moment}
    with db.engines[PLATFORM].begin() as connection:
        row = connection.execute(_REDEEM, values).first()
        if row is None:
            raise TicketInvalid
        facts = _facts(row)
        _audit("support.enter", facts, expires_at=row.expires_at)
        db.session.commit()
    return Entered(token, facts, row.expires_at)


def find(token: str) -> SupportFacts:
    """Who holds `token` in the bound shop; raises Unauthenticated (`bad_token`), SessionExpired. One statement."""
    with db.engines[PLATFORM].connect() as connection:
        row = connection.execute(_FIND, {"hash": fingerprint(token), "tenant": current().id}).first()
    if row is None:
        raise Unauthenticated("登录凭证无效，请重新登录", code="bad_token")
    if row.ended_at is not None or row.expires_at <= now() or not row.active:
        raise SessionExpired
    return _facts(row)


def leave(facts: SupportFacts) -> None:
    """End the entry before its time, with a line for the merchant; ended already, nothing happens. Commits."""
    with db.engines[PLATFORM].begin() as connection:
        if _end(connection, facts.entry_id, current().id) is not None:
            _audit("support.leave", facts)
            db.session.commit()


def revoke(who: OperatorFacts, tenant_id: int, entry_id: int) -> None:
    """End an entry from the platform's side, with the merchant's line if somebody was inside. Commits."""
    with db.engines[PLATFORM].begin() as connection:
        row = _end(connection, entry_id, tenant_id)
        if row is None:
            return
        log.record(connection, who, "support.revoke", tenant_id, entry=entry_id)
        if row.entered_at is not None:
            with bind(services().registry.by_id(tenant_id)):
                _audit("support.leave", _facts(row))
                db.session.commit()


def entries_of(tenant_id: int, limit: int = 50) -> Sequence[RowMapping]:
    """The operator's view: id, operator, reason, created_at, entered_at (null: never), expires_at, ended_at."""
    with db.engines[PLATFORM].connect() as connection:
        return connection.execute(_LIST, {"tenant": tenant_id, "limit": limit}).mappings().all()


def visits(limit: int = 50, before: int | None = None) -> Sequence[RowMapping]:
    """The merchant's view, from the bound shop's own audit log, the newest first and of a smaller id than `before`: at,
    entry_id, operator, reason, expires_at, left_at (null: nobody said goodbye).
    """
    return db.session.execute(_VISITS, {"limit": limit, "before": before}).mappings().all()


def _end(connection: Connection, entry_id: int, tenant_id: int) -> Row | None:
    return connection.execute(_END, {"id": entry_id, "tenant": tenant_id, "now": now()}).first()


def _facts(row: Row) -> SupportFacts:
    return SupportFacts(
        id=0,
        name=row.operator,
        phone="",
        role="manager",
        stores=None,
        session_id=0,
        declared=host().permissions(),
        entry_id=row.id,
        reason=row.reason,
        until=row.expires_at,
    )


def _audit(action: str, facts: SupportFacts, **detail: object) -> None:
    values = {
        "at": now(),
        "entry": facts.entry_id,
        "action": action,
        "target": f"support:{facts.entry_id}",
        "detail": orjson.dumps({**facts.signature, **detail}, default=str).decode(),
    }
    db.session.execute(_AUDIT, values)
