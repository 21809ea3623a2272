"""What may be shown of the tenant's keys: everything but the secrets."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, text

from core.db import db
from core.payments.errors import NoProfile

_PROFILE = text(
    """
    SELECT version, mode, appid, mchid, sub_mchid, sub_appid, cert_serial_no, verify_mode, public_key_id, created_at,
           private_key IS NOT NULL AS has_private_key, apiv3_key IS NOT NULL AS has_apiv3_key
    FROM payment_profile ORDER BY version DESC LIMIT 1
    """
)
_APPS = text("SELECT appid, name, created_at FROM wechat_app ORDER BY created_at, appid")


def payment_profile() -> RowMapping:
    """The profile in force without its secrets; raises NoProfile."""
    row = db.session.execute(_PROFILE).mappings().first()
    if row is None:
        raise NoProfile
    return row


def apps() -> Sequence[RowMapping]:
    """The shop's mini-programs, the first one is the default."""
    return db.session.execute(_APPS).mappings().all()
