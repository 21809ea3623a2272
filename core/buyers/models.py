from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Index, LargeBinary, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Id, Json, Moment, Qty, Str, db, ref


class Buyer(db.Model):
    """A shopper. With a member number it is a member (会员), known to the tills too."""

    __tablename__ = "buyer"
    __table_args__ = (
        UniqueConstraint("member_no"),
        Index("uq_buyer_phone", "phone", unique=True, postgresql_where=text("phone IS NOT NULL")),
        Index("ix_buyer_joined", text("COALESCE(joined_at, created_at)"), "id"),
        Index("ix_buyer_name", "name", postgresql_ops={"name": "text_pattern_ops"}),
        Index("ix_buyer_phone_tail", text('"right"(phone, 4)'), postgresql_where=text("phone IS NOT NULL")),
    )

    id: Mapped[Id]
    member_no: Mapped[Str | None]
    phone: Mapped[Str | None]
    name: Mapped[Str | None]
    joined_at: Mapped[Moment | None]
    tags: Mapped[Json] = mapped_column(server_default="{}")
    created_at: Mapped[Moment]
    erased_at: Mapped[Moment | None]


class BuyerIdentity(db.Model):
    """WeChat's name for a buyer: openid belongs to one appid (wechat.md §5.2)."""

    __tablename__ = "buyer_identity"

    appid: Mapped[Str] = mapped_column(primary_key=True)
    openid: Mapped[Str] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = ref("buyer.id", index=True)
    unionid: Mapped[Str | None]


class BuyerSession(db.Model):
    __tablename__ = "buyer_session"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[Id]
    buyer_id: Mapped[int] = ref("buyer.id", index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    appid: Mapped[Str]
    openid: Mapped[Str]
    device: Mapped[Str]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]


class Consent(db.Model):
    """A buyer's consent to one version of a document; withdrawn ones stay as evidence."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_buyer", "buyer_id", "document"),)

    id: Mapped[Id]
    buyer_id: Mapped[int] = ref("buyer.id")
    document: Mapped[Str]
    version: Mapped[Str]
    given_at: Mapped[Moment]
    withdrawn_at: Mapped[Moment | None]


class Address(db.Model):
    __tablename__ = "address"

    id: Mapped[Id]
    buyer_id: Mapped[int] = ref("buyer.id", index=True)
    contact: Mapped[Str]
    phone: Mapped[Str]
    district_code: Mapped[Str]
    detail: Mapped[Str]
    longitude: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    latitude: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]


class CartLine(db.Model):
    __tablename__ = "cart_line"

    buyer_id: Mapped[int] = ref("buyer.id", primary_key=True)
    sku_id: Mapped[int] = ref("sku.id", primary_key=True)
    quantity: Mapped[Qty]
    added_at: Mapped[Moment]


class MessageGrant(db.Model):
    """How many subscribe messages of a template the buyer still accepts (wechat.md §5.5)."""

    __tablename__ = "message_grant"

    buyer_id: Mapped[int] = ref("buyer.id", primary_key=True)
    template: Mapped[Str] = mapped_column(primary_key=True)
    remaining: Mapped[int]


class BuyerTag(db.Model):
    """A label that the shop makes for its members (会员标签), beside the `tags` that its old system sends."""

    __tablename__ = "buyer_tag"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Id]
    name: Mapped[Str]
    colour: Mapped[Str] = mapped_column(server_default="grey")
    created_at: Mapped[Moment]


class BuyerTagging(db.Model):
    __tablename__ = "buyer_tagging"

    tag_id: Mapped[int] = ref("buyer_tag.id", primary_key=True)
    buyer_id: Mapped[int] = ref("buyer.id", primary_key=True, index=True)
    at: Mapped[Moment]


class BuyerNote(db.Model):
    """What staff wrote down about a buyer; it belongs to the buyer's data and goes with it."""

    __tablename__ = "buyer_note"
    __table_args__ = (Index("ix_buyer_note_buyer", "buyer_id", "id"),)

    id: Mapped[Id]
    buyer_id: Mapped[int] = ref("buyer.id")
    staff_id: Mapped[int | None] = ref("staff.id", "SET NULL")
    staff_name: Mapped[Str]
    text: Mapped[Str]
    at: Mapped[Moment]
