"""Consent, export and erasure of personal data (PIPL): nothing is stored before consent, nothing kept after erasure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, text

from core.analytics import visits
from core.buyers import plugindata
from core.buyers.domain import PRIVACY
from core.buyers.errors import ConsentRequired, OrdersOpen
from core.clock import now
from core.db import db
from core.orders.domain import FINAL
from core.settings.service import shop_settings

_AGREED = text(
    """
    SELECT 1 FROM consent WHERE buyer_id = :buyer AND document = :document AND version = :version
    AND withdrawn_at IS NULL LIMIT 1
    """
)
_GIVE = text(
    "INSERT INTO consent (buyer_id, document, version, given_at) VALUES (:buyer, :document, :version, :now)"
)
_WITHDRAW = text(
    "UPDATE consent SET withdrawn_at = :now WHERE buyer_id = :buyer AND document = :document AND withdrawn_at IS NULL"
)
_CONSENTS = text(
    "SELECT document, version, given_at, withdrawn_at FROM consent WHERE buyer_id = :buyer ORDER BY id"
)


def terms() -> dict[str, str]:
    """The privacy terms in force: version and text."""
    settings = shop_settings()
    return {"version": settings["privacy_version"], "text": settings["privacy_text"]}


def check_consent(buyer_id: int | None, given_version: str | None) -> str | None:
    """The version to write down, or None when the buyer's consent is current; raises ConsentRequired.

    Only a consent to the version in force counts; a buyer who withdrew is asked again.
    """
    current = terms()
    if given_version == current["version"]:
        return None if buyer_id is not None and _agreed(buyer_id, given_version) else given_version
    if buyer_id is None or not _agreed(buyer_id, current["version"]):
        raise ConsentRequired(**current)
    return None


def _agreed(buyer_id: int, version: str) -> bool:
    values = {"buyer": buyer_id, "document": PRIVACY, "version": version}
    return db.session.execute(_AGREED, values).first() is not None


def give_consent(buyer_id: int, version: str) -> None:
    db.session.execute(_GIVE, {"buyer": buyer_id, "document": PRIVACY, "version": version, "now": now()})


def withdraw_consent(buyer_id: int) -> None:
    """From now on the buyer has to agree again before logging in; the caller ends the sessions and commits."""
    db.session.execute(_WITHDRAW, {"buyer": buyer_id, "document": PRIVACY, "now": now()})


def consents(buyer_id: int) -> Sequence[RowMapping]:
    """Every consent given, withdrawn ones too, oldest first."""
    return db.session.execute(_CONSENTS, {"buyer": buyer_id}).mappings().all()


_EXPORT = text(
    """
    SELECT jsonb_build_object(
        'buyer', (SELECT jsonb_build_object('member_no', b.member_no, 'phone', b.phone, 'name', b.name,
                    'joined_at', b.joined_at, 'tags', b.tags, 'created_at', b.created_at)
                  FROM buyer b WHERE b.id = :buyer),
        'identities', (SELECT coalesce(jsonb_agg(jsonb_build_object('appid', appid, 'openid', openid,
                    'unionid', unionid)), '[]') FROM buyer_identity WHERE buyer_id = :buyer),
        'consents', (SELECT coalesce(jsonb_agg(jsonb_build_object('document', document, 'version', version,
                    'given_at', given_at, 'withdrawn_at', withdrawn_at) ORDER BY id), '[]')
                  FROM consent WHERE buyer_id = :buyer),
        'sessions', (SELECT coalesce(jsonb_agg(jsonb_build_object('device', device, 'created_at', created_at,
                    'expires_at', expires_at, 'revoked_at', revoked_at) ORDER BY id), '[]')
                  FROM buyer_session WHERE buyer_id = :buyer),
        'addresses', (SELECT coalesce(jsonb_agg(to_jsonb(a) - 'buyer_id' - 'id' ORDER BY id), '[]')
                  FROM address a WHERE buyer_id = :buyer),
        'cart', (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', s.code, 'quantity', c.quantity,
                    'added_at', c.added_at) ORDER BY c.added_at), '[]')
                  FROM cart_line c JOIN sku s ON s.id = c.sku_id WHERE c.buyer_id = :buyer),
        'favourites', (SELECT coalesce(jsonb_agg(jsonb_build_object('title', p.title, 'at', f.created_at)
                    ORDER BY f.created_at), '[]')
                  FROM favourite f JOIN product p ON p.id = f.product_id WHERE f.buyer_id = :buyer),
        'history', (SELECT coalesce(jsonb_agg(jsonb_build_object('title', p.title, 'times', v.times,
                    'last_at', v.last_at) ORDER BY v.last_at), '[]')
                  FROM browsed v JOIN product p ON p.id = v.product_id WHERE v.buyer_id = :buyer),
        'labels', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', t.name, 'at', g.at) ORDER BY t.name), '[]')
                  FROM buyer_tagging g JOIN buyer_tag t ON t.id = g.tag_id WHERE g.buyer_id = :buyer),
        'notes', (SELECT coalesce(jsonb_agg(jsonb_build_object('text', n.text, 'at', n.at) ORDER BY n.id), '[]')
                  FROM buyer_note n WHERE n.buyer_id = :buyer),
        'message_grants', (SELECT coalesce(jsonb_agg(jsonb_build_object('template', template,
                    'remaining', remaining)), '[]') FROM message_grant WHERE buyer_id = :buyer),
        'orders', (SELECT coalesce(jsonb_agg(jsonb_build_object('number', o.number, 'state', o.state,
                    'channel', o.channel, 'placed_at', o.placed_at, 'payable_fen', o.payable_fen,
                    'refunded_fen', o.refunded_fen, 'contact_phone', o.contact_phone,
                    'delivery_to', o.delivery_to, 'remark', o.remark,
                    'lines', (SELECT jsonb_agg(jsonb_build_object('sku', l.sku_code, 'title', l.title,
                        'quantity', l.quantity, 'payable_fen', l.payable_fen) ORDER BY l.position)
                        FROM order_line l WHERE l.order_id = o.id)) ORDER BY o.id), '[]')
                  FROM orders o WHERE o.buyer_id = :buyer))
    """
)


def export(buyer_id: int) -> dict[str, Any]:
    """Everything the shop holds about the buyer, as JSON types; `plugins` is what they keep, by name.

    Raises PluginsFailed.
    """
    own = db.session.execute(_EXPORT, {"buyer": buyer_id}).scalar_one()
    return {**own, "visits": visits.of_buyer(buyer_id), "plugins": plugindata.export(buyer_id)}


_LOCK = text("SELECT id FROM buyer WHERE id = :buyer FOR UPDATE")
_OPEN_ORDERS = text(
    "SELECT number FROM orders WHERE buyer_id = :buyer AND NOT state = ANY(:final) ORDER BY id LIMIT 20"
)
_ERASE = text(
    """
    WITH addresses AS (DELETE FROM address WHERE buyer_id = :buyer),
    sessions AS (DELETE FROM buyer_session WHERE buyer_id = :buyer),
    identities AS (DELETE FROM buyer_identity WHERE buyer_id = :buyer),
    cart AS (DELETE FROM cart_line WHERE buyer_id = :buyer),
    favourites AS (DELETE FROM favourite WHERE buyer_id = :buyer),
    history AS (DELETE FROM browsed WHERE buyer_id = :buyer),
    grants AS (DELETE FROM message_grant WHERE buyer_id = :buyer),
    labels AS (DELETE FROM buyer_tagging WHERE buyer_id = :buyer),
    notes AS (DELETE FROM buyer_note WHERE buyer_id = :buyer),
    operations AS (DELETE FROM shopper_op WHERE buyer_id = :buyer),
    payments AS (UPDATE payment p SET openid = '' FROM orders o WHERE o.id = p.order_id AND o.buyer_id = :buyer),
    sales AS (
        UPDATE orders SET buyer_id = NULL, contact_phone = NULL, delivery_to = NULL, remark = ''
        WHERE buyer_id = :buyer
    ), consents AS (
        UPDATE consent SET withdrawn_at = coalesce(withdrawn_at, :now) WHERE buyer_id = :buyer
    )
    UPDATE buyer SET member_no = NULL, phone = NULL, name = NULL, joined_at = NULL, tags = '{}', erased_at = :now
    WHERE id = :buyer
    """
)


def erase(buyer_id: int) -> None:
    """注销: the person disappears, the orders stay as figures without one. The caller commits.

    Raises OrdersOpen while an order is under way (somebody still has to receive it or be paid back), PluginsFailed.
    """
    db.session.execute(_LOCK, {"buyer": buyer_id})
    open_orders = db.session.execute(_OPEN_ORDERS, {"buyer": buyer_id, "final": sorted(FINAL)}).scalars().all()
    if open_orders:
        raise OrdersOpen(orders=list(open_orders))
    plugindata.erase(buyer_id)
    visits.forget(buyer_id)
    db.session.execute(_ERASE, {"buyer": buyer_id, "now": now()})
