from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from core.db import Str, db


class EditVersion(db.Model):
    """The version of a thing that people edit as a whole and that has no row of its own: the settings, the home page."""

    __tablename__ = "edit_version"

    target: Mapped[Str] = mapped_column(primary_key=True)
    version: Mapped[int]
