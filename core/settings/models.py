from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Moment, Str, db


class ShopSetting(db.Model):
    """One named setting of the shop; what names exist stands in `core.settings.schemas`."""

    __tablename__ = "shop_setting"

    name: Mapped[Str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    updated_at: Mapped[Moment]
