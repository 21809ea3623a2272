"""The shop's merchant account as staff keep it. The caller commits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.db import db
from core.payments import profiles
from core.payments.models import PaymentProfile
from core.services import unseal
from core.wechat.errors import ProfileInvalid

_KEYS = {"private_key_pem": "private_key", "apiv3_key": "apiv3_key"}


def keep_profile(data: dict[str, Any]) -> int:
    """Store a new version from ProfileInSchema and return its number; keys that are left out stay as stored.

    Raises ProfileInvalid, NotConfigured (partner mode without the platform's keys).
    """
    if data["mode"] == "direct":
        return profiles.save_profile(data | _keys(data))
    no_keys = dict.fromkeys(_KEYS)
    return profiles.save_profile(data | no_keys | {"mchid": data["mchid"] or data["sub_mchid"]})


def _keys(data: dict[str, Any]) -> dict[str, str]:
    before = db.session.scalars(select(PaymentProfile).order_by(PaymentProfile.version.desc()).limit(1)).first()
    kept = {}
    for name, column in _KEYS.items():
        sealed = getattr(before, column, None)
        if not data[name] and sealed is None:
            raise ProfileInvalid("首次设置必须填写密钥", field=name)
        kept[name] = data[name] or unseal(sealed, f"payment/{column}")
    return kept
