"""Switches per product: may it be paid with points, does it earn any (PT-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from sqlalchemy import text

from core.plugin import FormSection

from .messages import say


class ProductForm(ma.Schema):
    spends = ma.fields.Boolean(load_default=True, metadata={"label": say("form.spends")})
    earns = ma.fields.Boolean(load_default=True, metadata={"label": say("form.earns")})


_READ = text("SELECT product_id, spends, earns FROM points_product WHERE product_id = ANY(:products)")
_FORGET = text("DELETE FROM points_product WHERE product_id = :product")
_SAVE = text(
    "INSERT INTO points_product (product_id, spends, earns) VALUES (:product, :spends, :earns)"
    " ON CONFLICT (product_id) DO UPDATE SET spends = excluded.spends, earns = excluded.earns"
)


def section(session: Any, product_ids: Sequence[int]) -> FormSection:
    """The section of the product's form with the present values."""
    found = {
        row.product_id: {"spends": row.spends, "earns": row.earns}
        for row in session.execute(_READ, {"products": list(product_ids)})
    }
    usual = {"spends": True, "earns": True}
    return FormSection(say("form.section"), ProductForm, {id_: found.get(id_, usual) for id_ in product_ids})


def save(session: Any, product_id: int, values: Mapping[str, Any]) -> None:
    """Only what differs from the usual has a row."""
    if values["spends"] and values["earns"]:
        session.execute(_FORGET, {"product": product_id})
    else:
        session.execute(_SAVE, {"product": product_id, "spends": values["spends"], "earns": values["earns"]})
