"""Logging in, and the sessions that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text

from core.buyers import privacy
from core.buyers.domain import SESSION_LIFE, SLIDE_AFTER, BuyerFacts
from core.buyers.errors import SessionExpired, SessionNotFound, UnknownApp
from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.errors import Conflict, Unauthenticated
from core.payments import profiles
from core.payments.errors import NotConfigured
from core.web.tokens import BUYER, issue
from core.wechat.client import WeixinClient, WxSession
from tenants.context import current

_FIND = text(
    """
    SELECT s.id AS session_id, s.buyer_id, s.appid, s.openid, s.expires_at, s.revoked_at, b.phone,
           b.member_no IS NOT NULL AS member
    FROM buyer_session s JOIN buyer b ON b.id = s.buyer_id WHERE s.token_hash = :hash
    """
)
_SLIDE = text("UPDATE buyer_session SET expires_at = :until WHERE id = :id AND revoked_at IS NULL")


def find_session(token: str) -> BuyerFacts:
    """The shopper who holds `token`; raises Unauthenticated (`bad_token`) or SessionExpired.

    One statement; once a day a second one moves the end of the session and commits.
    """
    row = db.session.execute(_FIND, {"hash": fingerprint(token)}).first()
    if row is None:
        raise Unauthenticated("登录凭证无效，请重新登录", code="bad_token")
    moment = now()
    if row.revoked_at is not None or row.expires_at <= moment:
        raise SessionExpired
    if row.expires_at < moment + SESSION_LIFE - SLIDE_AFTER:
        db.session.execute(_SLIDE, {"id": row.session_id, "until": moment + SESSION_LIFE})
        db.session.commit()
    return BuyerFacts(row.buyer_id, row.member, row.openid, row.appid, row.phone, row.session_id)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A new session; `created` when the buyer is new to the shop."""

    token: str
    buyer_id: int
    expires_at: datetime
    created: bool


def login(code: str, appid: str | None, consent_version: str | None, device: str) -> LoggedIn:
    """Trade a WeChat login code for a session. The caller commits.

    A buyer whose consent is not current needs `consent_version`, the version in force; without it ConsentRequired is
    raised and nothing is stored. Also raises UnknownApp, NotConfigured, CodeInvalid and the other errors of
    core.wechat.
    """
    client = _client(appid)
    db.session.rollback()
    wx, appid = client.code2session(code), client.app.appid
    buyer_id = _known_buyer(appid, wx)
    consent = privacy.check_consent(buyer_id, consent_version)
    created = False
    if buyer_id is None:
        buyer_id, created = _create(appid, wx)
    else:
        _identify(buyer_id, appid, wx)
    if consent:
        privacy.give_consent(buyer_id, consent)
    token, expires_at = _open_session(buyer_id, appid, wx.openid, device)
    return LoggedIn(token, buyer_id, expires_at, created)


def _client(appid: str | None) -> WeixinClient:
    try:
        return profiles.weixin(appid)
    except NotConfigured as error:
        if appid is None:
            raise
        raise UnknownApp(field="appid") from error


_KNOWN = text(
    """
    SELECT buyer_id, appid = :appid AND openid = :openid AS same FROM buyer_identity
    WHERE (appid = :appid AND openid = :openid) OR unionid = :unionid ORDER BY same DESC, buyer_id LIMIT 1
    """
)
_IDENTIFY = text(
    """
    INSERT INTO buyer_identity (appid, openid, buyer_id, unionid) VALUES (:appid, :openid, :buyer, :unionid)
    ON CONFLICT (appid, openid) DO NOTHING RETURNING buyer_id
    """
)
_NEW = text("INSERT INTO buyer (tags, created_at) VALUES ('{}', :now) RETURNING id")


def _known_buyer(appid: str, wx: WxSession) -> int | None:
    """By openid, or by unionid when the person knows another app of the shop."""
    return db.session.execute(_KNOWN, {"appid": appid, "openid": wx.openid, "unionid": wx.unionid}).scalar()


def _create(appid: str, wx: WxSession) -> tuple[int, bool]:
    """A new buyer with this identity and True; when two first logins race, the later one gets the earlier's and False."""
    buyer_id = db.session.execute(_NEW, {"now": now()}).scalar_one()
    if _identify(buyer_id, appid, wx):
        return buyer_id, True
    db.session.rollback()
    known = _known_buyer(appid, wx)
    if known is None:
        raise Conflict("登录冲突，请重试", code="login_conflict")
    return known, False


def _identify(buyer_id: int, appid: str, wx: WxSession) -> bool:
    values = {"appid": appid, "openid": wx.openid, "unionid": wx.unionid, "buyer": buyer_id}
    return db.session.execute(_IDENTIFY, values).first() is not None


_OPEN = text(
    """
    INSERT INTO buyer_session (buyer_id, token_hash, appid, openid, device, created_at, expires_at)
    VALUES (:buyer, :hash, :appid, :openid, :device, :now, :until)
    """
)
_LIST = text(
    """
    SELECT id, device, appid, created_at, expires_at FROM buyer_session
    WHERE buyer_id = :buyer AND revoked_at IS NULL AND expires_at > :now ORDER BY id DESC LIMIT 100
    """
)
_REVOKE = text(
    """
    UPDATE buyer_session SET revoked_at = :now
    WHERE buyer_id = :buyer AND revoked_at IS NULL AND (CAST(:id AS bigint) IS NULL OR id = :id)
    """
)


def _open_session(buyer_id: int, appid: str, openid: str, device: str) -> tuple[str, datetime]:
    token, moment = issue(BUYER, current().key), now()
    values = {
        "buyer": buyer_id,
        "hash": fingerprint(token),
        "appid": appid,
        "openid": openid,
        "device": device,
        "now": moment,
        "until": moment + SESSION_LIFE,
    }
    db.session.execute(_OPEN, values)
    return token, values["until"]


def sessions(buyer_id: int) -> Sequence[RowMapping]:
    """The buyer's live sessions, newest first."""
    return db.session.execute(_LIST, {"buyer": buyer_id, "now": now()}).mappings().all()


def revoke_session(buyer_id: int, session_id: int) -> None:
    """End one session of the buyer; raises SessionNotFound for foreign and ended ones. The caller commits."""
    if db.session.execute(_REVOKE, {"buyer": buyer_id, "id": session_id, "now": now()}).rowcount == 0:
        raise SessionNotFound


def revoke_all_sessions(buyer_id: int) -> int:
    """End every session of the buyer, this one too; returns how many. The caller commits."""
    return db.session.execute(_REVOKE, {"buyer": buyer_id, "id": None, "now": now()}).rowcount
