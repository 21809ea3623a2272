"""Input and output of the shopper's own pages: login, profile, addresses, cart."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Regexp

from core.host.blocks.schemas import slots_field
from core.stores.schemas import Degrees
from core.web.fields import IdField, Moment, Quantity
from core.web.text import Phone, Text

_APPID = Regexp(r"^[A-Za-z0-9_-]{1,64}\Z", error="appid 有误")


class LoginSchema(ma.Schema):
    """`consent_version`: the privacy version the buyer has just agreed to."""

    code = Text(128, required=True)
    appid = ma.fields.String(validate=_APPID, load_default=None, allow_none=True)
    consent_version = Text(32, load_default=None, allow_none=True)


class LoginOutSchema(ma.Schema):
    token = ma.fields.String()
    expires_at = Moment()
    created = ma.fields.Boolean(metadata={"description": "this buyer is new to the shop"})
    buyer_id = IdField()


class SessionSchema(ma.Schema):
    id = IdField()
    device = ma.fields.String()
    appid = ma.fields.String()
    created_at = Moment()
    expires_at = Moment()
    current = ma.fields.Boolean()


class SessionsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SessionSchema))


class TermsSchema(ma.Schema):
    version = ma.fields.String()
    text = ma.fields.String()


class ConsentInSchema(ma.Schema):
    version = Text(32, required=True)


class ConsentSchema(ma.Schema):
    document = ma.fields.String()
    version = ma.fields.String()
    given_at = Moment()
    withdrawn_at = Moment(allow_none=True)


class ConsentsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ConsentSchema))


class CodeSchema(ma.Schema):
    """The code of getPhoneNumber, not the login code (wechat.md §5.3)."""

    code = Text(128, required=True)


class ProfileSchema(ma.Schema):
    id = IdField()
    member_no = ma.fields.String(allow_none=True)
    name = ma.fields.String(allow_none=True)
    phone = ma.fields.String(allow_none=True)
    joined_at = Moment(allow_none=True)
    created_at = Moment()


class MemberSchema(ProfileSchema):
    """The profile with what plugins put on the member centre (会员中心)."""

    slots = slots_field()


class ProfileInSchema(ma.Schema):
    name = Text(32, required=True, allow_none=True)


class AddressInSchema(ma.Schema):
    contact = Text(32, required=True)
    phone = Phone(required=True)
    district_code = Text(12, required=True, metadata={"description": "street or town, 9 digits"})
    detail = Text(120, required=True)
    longitude = Degrees(180, required=True)
    latitude = Degrees(90, required=True)
    is_default = ma.fields.Boolean(load_default=False)


class AddressSchema(AddressInSchema):
    id = IdField()
    district = ma.fields.String(metadata={"description": "city, district and street in words"})


class AddressesSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AddressSchema))


class GrantSchema(ma.Schema):
    template = Text(64, required=True)
    result = ma.fields.String(required=True, validate=OneOf(["accept", "reject", "ban", "filter"]))


class GrantsSchema(ma.Schema):
    """What wx.requestSubscribeMessage told the client, per template (wechat.md §5.5)."""

    grants = ma.fields.List(ma.fields.Nested(GrantSchema), required=True, validate=Length(1, 5))


class RemainingSchema(ma.Schema):
    template = ma.fields.String()
    remaining = ma.fields.Integer()


class RemainingsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RemainingSchema))


class ExportSchema(ma.Schema):
    """Everything the shop holds about the buyer."""

    buyer = ma.fields.Dict()
    identities = ma.fields.List(ma.fields.Dict())
    consents = ma.fields.List(ma.fields.Dict())
    sessions = ma.fields.List(ma.fields.Dict())
    addresses = ma.fields.List(ma.fields.Dict())
    cart = ma.fields.List(ma.fields.Dict())
    favourites = ma.fields.List(ma.fields.Dict())
    history = ma.fields.List(ma.fields.Dict())
    message_grants = ma.fields.List(ma.fields.Dict())
    orders = ma.fields.List(ma.fields.Dict())
    visits = ma.fields.List(ma.fields.Dict())
    plugins = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Dict())


class CartLineInSchema(ma.Schema):
    quantity = Quantity(required=True)


class CartQuerySchema(ma.Schema):
    store_id = IdField(required=True)
