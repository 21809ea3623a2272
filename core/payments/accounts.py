"""The shop's merchant account as staff keep it. The caller commits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.db import db
from core.payments import profiles
from core.payments.models import PaymentProfile
from core.services import services, unseal
from core.wechat.errors import ProfileInvalid
from core.wechat.types import PayProfile
from tenants.context import current

_KEYS = {"private_key_pem": "private_key", "apiv3_key": "apiv3_key"}


def keep_profile(data: dict[str, Any]) -> int:
    """Store a new version from ProfileInSchema and return its number; keys that are left out stay as stored.

    Raises ProfileInvalid, NotConfigured (partner mode without the platform's keys).
    """
    if data["mode"] == "direct":
        return profiles.save_profile(data | _keys(data))
    no_keys = dict.fromkeys(_KEYS)
    return profiles.save_profile(data | no_keys | {"mchid": data["mchid"] or data["sub_mchid"]})


def trial(data: dict[str, Any]) -> PayProfile:
    """What ProfileInSchema would give, without storing it; keys that are left out are those that are stored.

    Raises ProfileInvalid, NotConfigured (partner mode without the platform's keys).
    """
    partner = data["mode"] == "partner"
    secrets = profiles.provider_secrets() if partner else _own(data)
    names = {"sub_mchid": data["sub_mchid"], "sub_appid": data["sub_appid"]} if partner else {}
    return PayProfile(
        mode=data["mode"],
        tenant_key=current().key,
        key_version=0,
        base_url=services().config.wxpay_base_url,
        **secrets,
        **names,
    )


def _own(data: dict[str, Any]) -> dict[str, Any]:
    plain = {name: data[name] for name in ("appid", "mchid", "cert_serial_no", "verify_mode")}
    return plain | _keys(data) | {
        "wxpay_public_key_pem": data["public_key_pem"],
        "wxpay_public_key_id": data["public_key_id"],
        "platform_certs": tuple(data["platform_certs"]),
    }


def _keys(data: dict[str, Any]) -> dict[str, str]:
    before = db.session.scalars(select(PaymentProfile).order_by(PaymentProfile.version.desc()).limit(1)).first()
    kept = {}
    for name, column in _KEYS.items():
        sealed = getattr(before, column, None)
        if not data[name] and sealed is None:
            raise ProfileInvalid("首次设置必须填写密钥", field=name)
        kept[name] = data[name] or unseal(sealed, f"payment/{column}")
    return kept
