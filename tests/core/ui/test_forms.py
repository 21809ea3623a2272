"""A schema as a form: what is typed becomes what an API would get, and comes back where something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow.validate import Length, OneOf, Range
from werkzeug.datastructures import MultiDict

from core.money import MAX_FEN, yuan
from core.ui.forms import Form
from core.web.fields import Fen, IdField, Moment, Quantity
from tenants.errors import Refusal


class Zone(ma.Schema):
    metres = ma.fields.Integer(required=True, validate=Range(100, 9000), metadata={"label": "距离"})
    fee_fen = Fen(required=True, metadata={"label": "运费"})


class Sample(ma.Schema):
    name = ma.fields.String(required=True, validate=Length(1, 5), metadata={"label": "名称"})
    kind = ma.fields.String(load_default="a", validate=OneOf(["a", "b"], labels=["甲", "乙"]), metadata={"label": "种类"})
    price_fen = Fen(load_default=None, allow_none=True, metadata={"label": "价格"})
    weight = Quantity(load_default=None, allow_none=True, metadata={"label": "重量"})
    active = ma.fields.Boolean(load_default=True, metadata={"label": "启用"})
    starts_at = Moment(load_default=None, allow_none=True, metadata={"label": "开始"})
    codes = ma.fields.List(ma.fields.String(), load_default=list, metadata={"label": "货号"})
    store_ids = ma.fields.List(IdField(), load_default=list, metadata={"label": "门店"})
    zones = ma.fields.List(ma.fields.Nested(Zone), load_default=list, metadata={"label": "配送圈"})
    secret = ma.fields.String(load_default=None, allow_none=True, metadata={"label": "密钥", "secret": True})


@pytest.fixture(autouse=True)
def _chinese(app) -> Iterator[None]:
    with app.test_request_context("/console/"):
        yield


def posted(**values: Any) -> MultiDict:
    return MultiDict([(key.replace("__", "."), one) for key, value in values.items()
                      for one in (value if isinstance(value, list) else [value])])


def test_everything_typed_becomes_values_of_the_schema():
    form = Form(Sample, choices={"store_ids": [(1, "一店"), (2, "二店")]})
    data = form.read(
        posted(name="牛奶", kind="b", price_fen="¥1,012.8", weight="1.236", active="1", starts_at="2026-01-02T08:30",
               codes="A1\nB2，C3\n", store_ids=["2"], zones__0__metres="1000", zones__0__fee_fen="4",
               zones__1__metres="", zones__1__fee_fen="", secret="")
    )
    assert form.errors == {}
    assert data["price_fen"] == 101280
    assert data["weight"] == Decimal("1.236")
    assert data["starts_at"].isoformat() == "2026-01-02T00:30:00+00:00"
    assert (data["codes"], data["store_ids"]) == (["A1", "B2", "C3"], [2])
    assert data["zones"] == [{"metres": 1000, "fee_fen": 400}]
    assert (data["kind"], data["active"], data["secret"]) == ("b", True, None)


def test_box_that_is_not_ticked_is_false():
    assert Form(Sample).read(posted(name="牛奶"))["active"] is False


def test_faults_stand_beside_their_fields_and_what_was_typed_stays():
    form = Form(Sample)
    data = form.read(posted(name="太长的名称了吧", price_fen="十二", zones__3__metres="5", zones__3__fee_fen="1.005"))
    assert data is None
    assert form.errors == {"price_fen": "请填写金额，例如 12.80", "zones.3.fee_fen": "请填写金额，例如 12.80"}
    drawn = {one.name: one for one in form.controls}
    assert (drawn["price_fen"].value, drawn["price_fen"].error) == ("十二", "请填写金额，例如 12.80")
    assert drawn["name"].value == "太长的名称了吧"
    assert [cell.value for cell in drawn["zones"].rows[0]] == ["5", "1.005"]


def test_faults_of_the_schema_are_in_chinese():
    form = Form(Sample)
    assert form.read(posted(name="太长的名称了吧", zones__0__metres="5", zones__0__fee_fen="1")) is None
    assert form.errors == {"name": "应为 1 到 5 个", "zones.0.metres": "应不小于 100，且不大于 9000"}
    assert form.problem == "请改正标出的内容"


def test_missing_and_unknown_choices_are_told():
    form = Form(Sample)
    assert form.read(posted(name="", kind="z")) is None
    assert form.errors == {"name": "请填写", "kind": "请从给出的选项中选择"}


def test_secret_is_never_drawn():
    form = Form(Sample, {"name": "牛奶", "secret": "s3cret"})
    assert form.control("secret").value == ""
    form.read(posted(name="", secret="typed"))
    assert form.control("secret").value == ""


def test_refusal_goes_to_its_field_or_above_the_form():
    form = Form(Sample)
    form.read(posted(name="牛奶"))
    form.refuse(Refusal("名称已被使用", field="name"))
    assert form.errors == {"name": "名称已被使用"}
    other = Form(Sample)
    other.refuse(Refusal("库存不足"))
    assert (other.problem, other.errors) == ("库存不足", {})


def test_part_of_a_schema_is_a_form_of_its_own():
    assert Form(Sample, only=["kind"]).read(posted(kind="b")) == {"kind": "b"}


def test_rows_have_a_spare_one():
    form = Form(Sample, {"name": "x", "zones": [{"metres": 500, "fee_fen": 400}]})
    rows = form.control("zones").rows
    assert [[cell.value for cell in row] for row in rows] == [["500", "4.00"], ["", ""]]
    assert rows[1][0].name == "zones.1.metres"


class Way(ma.Schema):
    text = ma.fields.String(required=True, metadata={"label": "名称"})
    link = ma.fields.String(load_default="a", validate=OneOf(["a", "b"], labels=["甲", "乙"]), metadata={"label": "去向"})


class Ways(ma.Schema):
    ways = ma.fields.List(ma.fields.Nested(Way), required=True, metadata={"label": "入口"})
    store_id = IdField(load_default=None, allow_none=True, metadata={"label": "门店"})


def test_spare_row_has_its_defaults_after_a_refusal_too():
    form = Form(Ways)
    assert form.read(posted(ways__0__text="", ways__0__link="b")) is None
    assert [[cell.value for cell in row] for row in form.control("ways").rows] == [["", "b"], ["", "a"]]


def test_choice_of_nothing_is_no_box_to_write_in():
    controls = [Form(Ways, choices=choices).control("store_id") for choices in ({"store_id": []}, {})]
    assert [(control.kind, control.choices) for control in controls] == [("choice", ()), ("id", ())]


@given(st.integers(0, MAX_FEN - 1))
def test_amounts_survive_the_way_through_a_form(fen: int):
    form = Form(Sample, {"name": "x", "price_fen": fen})
    shown = form.control("price_fen").value
    assert shown == yuan(fen)
    assert Form(Sample).read(posted(name="x", price_fen=shown))["price_fen"] == fen
