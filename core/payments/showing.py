"""What may be shown of the tenant's keys: everything but the secrets."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text

from core.crypto import derive
from core.db import db
from core.payments import profiles
from core.payments.errors import NoProfile
from core.services import services, unseal
from tenants.context import current
from tenants.models import PlatformSetting

_PROFILE = text(
    """
    SELECT version, mode, appid, mchid, sub_mchid, sub_appid, cert_serial_no, verify_mode, public_key_id, created_at,
           private_key IS NOT NULL AS has_private_key, apiv3_key IS NOT NULL AS has_apiv3_key
    FROM payment_profile ORDER BY version DESC LIMIT 1
    """
)
_ENTERED = text(
    """
    SELECT mode, appid, mchid, sub_mchid, sub_appid, cert_serial_no, verify_mode, public_key_id, public_key_pem,
           platform_certs, certs_until, private_key, apiv3_key
    FROM payment_profile ORDER BY version DESC LIMIT 1
    """
)
_PRINT_BYTES = 4
_APPS = text("SELECT appid, name, created_at FROM wechat_app ORDER BY created_at, appid")


def payment_profile() -> RowMapping:
    """The profile in force without its secrets; raises NoProfile."""
    row = db.session.execute(_PROFILE).mappings().first()
    if row is None:
        raise NoProfile
    return row


@dataclass(frozen=True, slots=True)
class Entered:
    """The profile in force as a form needs it: `values` have the names of ProfileInSchema's fields, the secrets are
    None; `prints` tell the stored secrets apart by field without giving anything away; `certs_until` is the end of
    the last platform certificate (certificate mode).
    """

    values: dict[str, Any]
    prints: dict[str, str]
    certs_until: datetime | None


def entered() -> Entered | None:
    """What was entered last, None before the first time."""
    row = db.session.execute(_ENTERED).mappings().first()
    if row is None:
        return None
    sealed = {"private_key_pem": ("private_key", row["private_key"]), "apiv3_key": ("apiv3_key", row["apiv3_key"])}
    prints = {name: key_print(unseal(data, f"payment/{place}")) for name, (place, data) in sealed.items() if data}
    plain = {name: value for name, value in row.items() if name not in ("private_key", "apiv3_key", "certs_until")}
    return Entered(plain | dict.fromkeys(sealed), prints, row["certs_until"])


def key_print(secret: str) -> str:
    """A mark by which people see whether two secrets are the same: `3F2A-91C0`. Keyed, so nothing can be tried out."""
    key = derive(services().config.master_key, f"print/{current().key}")
    told = hmac.new(key, secret.strip().encode(), hashlib.sha256).digest()[:_PRINT_BYTES].hex().upper()
    return f"{told[:4]}-{told[4:]}"


def has_provider() -> bool:
    """Whether the platform can be the shop's service provider (服务商)."""
    setting = db.session.get(PlatformSetting, profiles.PROVIDER)
    return setting is not None and setting.secret is not None


def apps() -> Sequence[RowMapping]:
    """The shop's mini-programs, the first one is the default."""
    return db.session.execute(_APPS).mappings().all()
