"""绑定手机号: the phone makes a shopper a member, or the member the tills knew before."""

from __future__ import annotations

from sqlalchemy import RowMapping, text
from sqlalchemy.exc import IntegrityError

from core.analytics import visits
from core.buyers import plugindata
from core.buyers.domain import BuyerFacts, member_number
from core.buyers.errors import PhoneTaken
from core.clock import now
from core.db import db
from core.payments import profiles
from core.wechat.client import WxPhone

MAINLAND = "86"

_LOCK = text(
    """
    SELECT b.id, b.phone, b.member_no, EXISTS (SELECT 1 FROM buyer_identity i WHERE i.buyer_id = b.id) AS known
    FROM buyer b WHERE b.id = :buyer OR b.phone = :phone ORDER BY b.id FOR UPDATE OF b
    """
)
_SET = text(
    """
    UPDATE buyer SET phone = :phone, member_no = coalesce(member_no, :member_no), joined_at = coalesce(joined_at, :now)
    WHERE id = :buyer
    """
)
_MOVE = text(
    """
    WITH identities AS (UPDATE buyer_identity SET buyer_id = :kept WHERE buyer_id = :gone),
    sessions AS (UPDATE buyer_session SET buyer_id = :kept WHERE buyer_id = :gone),
    consents AS (UPDATE consent SET buyer_id = :kept WHERE buyer_id = :gone),
    addresses AS (UPDATE address SET buyer_id = :kept WHERE buyer_id = :gone),
    cart AS (UPDATE cart_line SET buyer_id = :kept WHERE buyer_id = :gone),
    grants AS (UPDATE message_grant SET buyer_id = :kept WHERE buyer_id = :gone),
    favourites AS (UPDATE favourite SET buyer_id = :kept WHERE buyer_id = :gone),
    history AS (UPDATE browsed SET buyer_id = :kept WHERE buyer_id = :gone),
    sales AS (UPDATE orders SET buyer_id = :kept WHERE buyer_id = :gone)
    UPDATE buyer k SET name = coalesce(k.name, g.name), joined_at = coalesce(k.joined_at, :now)
    FROM buyer g WHERE k.id = :kept AND g.id = :gone
    """
)
_DROP = text("DELETE FROM buyer WHERE id = :gone")


def bind_phone(buyer: BuyerFacts, code: str) -> int:
    """Trade a getPhoneNumber code for the phone and bind it; returns the buyer's id from now on. The caller commits.

    * nobody has the phone: the buyer becomes a member with a new number (or changes the phone);
    * an imported member without WeChat identity has it: the buyer takes that member over, its number, tags and past
      orders included, and brings session, cart, addresses and orders along;
    * somebody else's WeChat identity has it, or both sides are members already: PhoneTaken.

    Raises PluginsFailed; CodeInvalid, Retryable and Rejected of core.wechat.
    """
    client = profiles.weixin(buyer.appid)
    db.session.rollback()
    phone = phone_text(client.get_phone_number(code))
    try:
        return _bind(buyer.id, phone)
    except IntegrityError as error:
        db.session.rollback()
        raise PhoneTaken(field="code") from error


def phone_text(phone: WxPhone) -> str:
    """Mainland numbers as 11 digits, others with `+` and country code."""
    return phone.pure_phone if phone.country_code == MAINLAND else f"+{phone.country_code}{phone.pure_phone}"


def _bind(buyer_id: int, phone: str) -> int:
    rows = {row["id"]: row for row in db.session.execute(_LOCK, {"buyer": buyer_id, "phone": phone}).mappings()}
    mine = rows.pop(buyer_id)
    holder = next(iter(rows.values()), None)
    if holder is None:
        _make_member(buyer_id, phone)
        return buyer_id
    return _take_over(mine, holder)


def _make_member(buyer_id: int, phone: str) -> None:
    values = {"buyer": buyer_id, "phone": phone, "member_no": member_number(buyer_id), "now": now()}
    db.session.execute(_SET, values)


def _take_over(mine: RowMapping, holder: RowMapping) -> int:
    if holder["known"] or mine["phone"] is not None or mine["member_no"] is not None:
        raise PhoneTaken(field="code")
    visits.take_over(mine["id"], holder["id"])
    db.session.execute(_MOVE, {"kept": holder["id"], "gone": mine["id"], "now": now()})
    plugindata.merge(mine["id"], holder["id"])
    db.session.execute(_DROP, {"gone": mine["id"]})
    if holder["member_no"] is None:
        _make_member(holder["id"], holder["phone"])
    return holder["id"]
