"""What is typed about people who work for the shop."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf

from core.staff.domain import ROLES
from core.staff.schemas import MAX_STORES
from core.ui.forms import Form
from core.web.fields import IdField
from core.web.text import Phone, Text


class ScopeSchema(ma.Schema):
    """A role, and for which stores: `scope` all, or some, which are `store_ids` then."""

    role = ma.fields.String(required=True, validate=OneOf(sorted(ROLES), error="请选择角色"), metadata={"label": "角色"})
    scope = ma.fields.String(
        load_default="all", validate=OneOf(["all", "some"], labels=["全部门店", "只负责下面勾选的门店"]),
        metadata={"label": "负责门店"},
    )
    store_ids = ma.fields.List(
        IdField(), load_default=list, validate=Length(max=MAX_STORES), metadata={"label": "门店"}
    )


class PersonSchema(ScopeSchema):
    name = Text(32, required=True, metadata={"label": "姓名"})


class InviteSchema(PersonSchema):
    phone = Phone(required=True, metadata={"label": "手机号", "help": "员工用这个手机号登录"})


def check_scope(form: Form, data: dict[str, Any]) -> bool:
    """Bring scope and stores together in `data`; False, with the error in the form, where they contradict each other."""
    chosen = set(data["store_ids"])
    if data["scope"] == "all":
        data["store_ids"] = []
        new = chosen - set(form.values.get("store_ids", ()))
        return _agrees(form, not new, "勾选了门店，请同时选“只负责下面勾选的门店”")
    data["store_ids"] = sorted(chosen)
    return _agrees(form, bool(chosen), "请至少勾选一家门店")


def _agrees(form: Form, does: bool, message: str) -> bool:
    if not does:
        form.refuse_all({"store_ids": [message]})
    return does
