"""Products that take no part in campaigns: a section on the product's form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.plugin import FormSection

from .models import ExcludedRow


class ProductSchema(ma.Schema):
    takes_part = ma.fields.Boolean(
        load_default=True, metadata={"label": "参加满减送", "help": "关闭后，这个商品不计入任何满减送活动"}
    )


def section(session: Any, product_ids: Sequence[int]) -> FormSection:
    excluded = set(session.scalars(select(ExcludedRow.product_id).where(ExcludedRow.product_id.in_(product_ids))))
    return FormSection("满减送", ProductSchema, {key: {"takes_part": key not in excluded} for key in product_ids})


def save(session: Any, product_id: int, values: Mapping[str, Any]) -> None:
    if values["takes_part"]:
        session.execute(delete(ExcludedRow).where(ExcludedRow.product_id == product_id))
    else:
        session.execute(insert(ExcludedRow).values(product_id=product_id).on_conflict_do_nothing())
