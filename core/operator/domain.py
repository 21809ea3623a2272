"""Who an operator is, what support may do inside a shop, what counts as a reason. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.operator.errors import OperatorInvalid, ReasonMissing
from core.staff.domain import StaffFacts

MAX_FAILED_LOGINS = 5
LOCK_TIME = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)
IDLE_LIFE = timedelta(hours=2)
CODE_LIFE = timedelta(minutes=5)
"""How long the password's answer waits for the second factor."""

SUPPORT_LIFE = timedelta(minutes=60)
TICKET_LIFE = timedelta(seconds=60)
MIN_REASON, MAX_REASON = 5, 200
MIN_PASSWORD, MAX_PASSWORD = 12, 128

NOT_FOR_SUPPORT = frozenset(
    {
        "orders.refund",
        "orders.cancel",
        "orders.pickup",
        "plugins.manage",
        "staff.edit",
        "payments.edit",
        "apikeys.edit",
    }
)
"""Money, keys, people, and what can't be undone: cancelling pays back, handing out needs somebody of the shop."""

_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")


@dataclass(frozen=True, slots=True)
class OperatorFacts:
    """Who acts on the platform; `totp` says whether the second factor is on."""

    id: int
    login: str
    name: str
    totp: bool
    session_id: int


@dataclass(frozen=True)
class SupportFacts(StaffFacts):
    """An operator inside a shop, in the place of a staff member: what a manager may, without NOT_FOR_SUPPORT.

    `id` is 0: nobody of the shop. `entry_id` is the entry (`platform.support_entry`) that every act is recorded with.
    """

    entry_id: int = 0
    reason: str = ""
    until: datetime | None = None
    actor = "support"

    @property
    def permissions(self) -> frozenset[str]:
        return super().permissions - NOT_FOR_SUPPORT

    @property
    def actor_id(self) -> int:
        return self.entry_id

    @property
    def signature(self) -> Mapping[str, Any]:
        """What the audit log's detail says beside the act."""
        return {"support": {"entry": self.entry_id, "operator": self.name, "reason": self.reason}}


def checked_reason(words: str) -> str:
    """`words` without blanks around them; raises ReasonMissing below 5 characters or above 200."""
    reason = " ".join(words.split())
    if len(reason) < MIN_REASON or not reason.isprintable():
        raise ReasonMissing(field="reason")
    if len(reason) > MAX_REASON:
        raise ReasonMissing(f"原因最多 {MAX_REASON} 个字", field="reason")
    return reason


def checked_login(login: str) -> str:
    """Raises OperatorInvalid for what can't be a login."""
    if not _LOGIN.fullmatch(login):
        raise OperatorInvalid("登录名为 2 到 32 位小写字母、数字、点、下划线或连字符，以字母开头", field="login")
    return login


def checked_name(name: str) -> str:
    """Merchants read this name. Raises OperatorInvalid."""
    words = " ".join(name.split())
    if not 1 <= len(words) <= 32 or not words.isprintable():
        raise OperatorInvalid("姓名为 1 到 32 个字", field="name")
    return words


def checked_password(password: str) -> str:
    """Raises OperatorInvalid."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise OperatorInvalid(f"密码长度应为 {MIN_PASSWORD} 到 {MAX_PASSWORD} 位", field="password")
    return password
