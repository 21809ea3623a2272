"""Every schema that a form is drawn from says in Chinese what its fields are."""

from __future__ import annotations

import re

import pytest

from core.buyers.memberschemas import LabelForm, NoteForm
from core.catalog.forms import BrandForm, CategoryForm, ProductForm, SkuForm
from core.orders.schemas import AdjustmentsSchema, ReasonSchema, RefundInSchema, RemarkSchema
from core.settings.schemas import ShopSettingsSchema
from core.stock.schemas import LowAtSchema, ReceiveSchema, TallySchema
from core.stores.schemas import StoreChangeSchema, StoreSchema, ZoneSchema
from core.ui import describing

SCHEMAS = (
    AdjustmentsSchema, BrandForm, CategoryForm, LabelForm, LowAtSchema, NoteForm, ProductForm, ReasonSchema,
    ReceiveSchema, RefundInSchema, RemarkSchema, ShopSettingsSchema, SkuForm,
    StoreChangeSchema, StoreSchema, TallySchema, ZoneSchema,
)  # fmt: skip
_CHINESE = re.compile(r"[一-鿿]|PLU")


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_schema_can_be_drawn_and_is_labelled_in_chinese(schema):
    assert describing.faults(schema) == []
    for field in describing.describe(schema):
        assert _CHINESE.search(field["label"]), field
        assert all(choice["label"] != choice["value"] for choice in field.get("choices", ()))
