"""The database as the shop sees it: one extension, and the column types that every model uses."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import mapped_column

from tenants.db import db

__all__ = ["Bigints", "Fen", "Id", "Json", "Moment", "Qty", "Str", "Strs", "db", "ref"]

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Fen = Annotated[int, mapped_column(BigInteger)]
Qty = Annotated[Decimal, mapped_column(Numeric(14, 3))]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
Str = Annotated[str, mapped_column(Text)]
Strs = Annotated[list[str], mapped_column(ARRAY(Text))]
Bigints = Annotated[list[int], mapped_column(ARRAY(BigInteger))]


def ref(target: str, on_delete: str = "CASCADE", **kwargs: Any) -> Any:
    """A bigint column that refers to `table.column` of the same tenant."""
    return mapped_column(BigInteger, ForeignKey(target, ondelete=on_delete), **kwargs)
