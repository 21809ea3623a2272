"""Who asks, where and when: the first argument of every hook, handler and job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """Where an order came from."""

    ONLINE = "online"
    POS = "pos"


@dataclass(frozen=True, slots=True)
class Context:
    """`tenant` is the tenant's opaque key; `now` is the only time a plugin may use (aware, UTC)."""

    tenant: str
    now: datetime
    channel: Channel = Channel.ONLINE
    buyer_id: int | None = None
    staff_id: int | None = None
    store_id: int | None = None
