from __future__ import annotations

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Id, Moment, Str, Strs, db


class ApiKey(db.Model):
    """A key for the open API: only its fingerprint is stored; scopes say what it may do."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("key_hash"),)

    id: Mapped[Id]
    name: Mapped[Str]
    hint: Mapped[Str]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[Strs]
    created_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
