"""Platform certificates (平台证书) of shops in certificate mode: asked for every hour, kept as a new profile version.

A new version makes every process build its gateway anew, so that callbacks signed with a new certificate are known before
the old one ends (wechat.md §4.14). In public-key mode there is nothing to renew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import structlog
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.payments import profiles
from core.services import services
from core.wechat.errors import WechatError
from core.wechat.gateway import PayGateway
from core.wechat.keys import certificates_until, pems, valid_certificates
from core.wechat.types import PayProfile
from tenants.models import PlatformSetting

log = structlog.get_logger()

EVERY_SECONDS = 3600

_IN_FORCE = """
    SELECT version FROM payment_profile p
    WHERE mode = 'direct' AND verify_mode = 'cert' AND version = (SELECT max(version) FROM payment_profile)
"""
_CLAIM = text(
    f"""
    UPDATE payment_profile SET certs_checked_at = :now
    WHERE version = ({_IN_FORCE}) AND coalesce(certs_checked_at, created_at) + make_interval(secs => :every) <= :now
    RETURNING version, platform_certs
    """
)
_RENEW = text(
    """
    INSERT INTO payment_profile (mode, appid, mchid, sub_mchid, sub_appid, cert_serial_no, private_key, apiv3_key,
                                 verify_mode, public_key_id, public_key_pem, platform_certs, certs_until, certs_checked_at,
                                 notify_token, created_at)
    SELECT mode, appid, mchid, sub_mchid, sub_appid, cert_serial_no, private_key, apiv3_key, verify_mode, public_key_id,
           public_key_pem, CAST(:certs AS jsonb), :until, :now, notify_token, :now
    FROM payment_profile WHERE version = :version AND version = (SELECT max(version) FROM payment_profile)
    """
)

NEXT_DUE = f"""
    SELECT coalesce(certs_checked_at, created_at) + interval '{EVERY_SECONDS} seconds' FROM payment_profile
    WHERE version = ({_IN_FORCE})
"""


def renew_due() -> bool:
    """Chore: ask WeChat for the certificates in force when an hour is over; returns whether there were new ones."""
    due = db.session.execute(_CLAIM, {"now": now(), "every": EVERY_SECONDS}).first()
    if due is None:
        db.session.rollback()
        return False
    gateway = profiles.gateway_of(due.version)
    db.session.commit()
    fresh = _asked(gateway)
    if not fresh or fresh == _in_force(due.platform_certs):
        return False
    values = {"version": due.version, "certs": orjson.dumps(fresh).decode(), "until": certificates_until(fresh)}
    renewed = db.session.execute(_RENEW, values | {"now": now()}).rowcount == 1
    db.session.commit()
    profiles.forget()
    log.info("platform_certificates_renewed", count=len(fresh))
    return renewed


def renew_provider() -> None:
    """Duty: the same for the platform's own keys as a service provider (服务商)."""
    setting = db.session.get(PlatformSetting, profiles.PROVIDER)
    if setting is None or setting.secret is None or setting.value.get("verify_mode") != "cert":
        db.session.rollback()
        return
    known, profile = setting.value, PayProfile(
        mode="direct",
        tenant_key="platform",
        key_version=0,
        base_url=services().config.wxpay_base_url,
        **profiles.provider_secrets(),
    )
    db.session.rollback()
    fresh = _asked(PayGateway(profile))
    if fresh and fresh != _in_force(known.get("platform_certs", ())):
        _keep_provider(known, fresh)


def _keep_provider(known: dict[str, Any], fresh: Sequence[str]) -> None:
    setting = db.session.get(PlatformSetting, profiles.PROVIDER, with_for_update=True)
    if setting is not None and setting.value == known:
        setting.value = known | {"platform_certs": list(fresh)}
    db.session.commit()
    log.info("provider_certificates_renewed", count=len(fresh))


def _in_force(stored: Sequence[str]) -> tuple[str, ...]:
    """In the spelling of `refresh_certificates`."""
    return pems(valid_certificates(tuple(stored)))


def _asked(gateway: PayGateway) -> tuple[str, ...]:
    try:
        return gateway.refresh_certificates()
    except WechatError as error:
        log.warning("platform_certificates_not_renewed", error=str(error))
        return ()
