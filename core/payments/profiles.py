"""The tenant's keys: payment profile and mini-programs, sealed at rest, opened only here."""

from __future__ import annotations

from time import monotonic
from typing import Any
from zlib import crc32

import orjson
import structlog
from prometheus_client import Histogram
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.clock import now
from core.crypto import new_token
from core.db import db
from core.payments.errors import AppidTaken, NotConfigured
from core.payments.models import PaymentProfile, WechatApp
from core.services import seal, services, unseal
from core.wechat.client import WeixinApp, WeixinClient
from core.wechat.gateway import PayGateway
from core.wechat.gateways import PayGateways
from core.wechat.keys import certificates_until, check_profile
from core.wechat.types import PayProfile
from core.wechat.watch import Call
from tenants.context import current
from tenants.models import CallbackToken, PlatformSetting, TenantAppid

log = structlog.get_logger()

CACHE_SECONDS = 5.0
PROVIDER = "wechat_provider"

CALLS = Histogram("jishi_wechat_seconds", "Calls to WeChat", ["service", "operation", "outcome"])


def _observe(call: Call) -> None:
    CALLS.labels(call.service, call.operation, call.outcome).observe(call.seconds)


_gateways = PayGateways(observe=_observe)
_profiles: dict[str, tuple[float, PaymentProfile, PayProfile]] = {}


def gateway() -> PayGateway:
    """The bound tenant's way to WeChat Pay; raises NotConfigured."""
    return _gateways.get(_current()[1])


def gateway_of(version: int) -> PayGateway:
    """The way to WeChat Pay with the keys of one version of the profile; raises NotConfigured."""
    row = db.session.get(PaymentProfile, version)
    if row is None:
        raise NotConfigured
    return _gateways.get(open_profile(row))


def notify_url(kind: str) -> str:
    """Where WeChat calls us back for the bound tenant; `kind` is `payment` or `refund`."""
    return f"{services().config.public_url}/pay/wechat/{_current()[0].notify_token}/{kind}"


def profile_version() -> int:
    return _current()[0].version


def _current() -> tuple[PaymentProfile, PayProfile]:
    key = current().key
    cached = _profiles.get(key)
    if cached is not None and monotonic() - cached[0] < CACHE_SECONDS:
        return cached[1], cached[2]
    row = db.session.scalars(select(PaymentProfile).order_by(PaymentProfile.version.desc()).limit(1)).first()
    if row is None:
        raise NotConfigured
    db.session.expunge(row)
    profile = open_profile(row)
    _profiles[key] = (monotonic(), row, profile)
    return row, profile


def open_profile(row: PaymentProfile) -> PayProfile:
    """A stored version with its secrets in clear; raises NotConfigured (partner mode without the platform's keys)."""
    secrets = provider_secrets() if row.mode == "partner" else _own_secrets(row)
    return PayProfile(
        mode=row.mode,
        tenant_key=current().key,
        key_version=row.version if row.mode == "direct" else _mixed_version(row.version, secrets),
        sub_mchid=row.sub_mchid,
        sub_appid=row.sub_appid,
        base_url=services().config.wxpay_base_url,
        **secrets,
    )


def _mixed_version(version: int, secrets: dict[str, Any]) -> int:
    """Changes with the provider's keys too, so that no process goes on with its old gateway."""
    return version << 32 | crc32(orjson.dumps(secrets, option=orjson.OPT_SORT_KEYS))


def _own_secrets(row: PaymentProfile) -> dict[str, Any]:
    return {
        "appid": row.appid,
        "mchid": row.mchid,
        "cert_serial_no": row.cert_serial_no,
        "private_key_pem": unseal(row.private_key, "payment/private_key"),
        "apiv3_key": unseal(row.apiv3_key, "payment/apiv3_key"),
        "verify_mode": row.verify_mode,
        "wxpay_public_key_pem": row.public_key_pem,
        "wxpay_public_key_id": row.public_key_id,
        "platform_certs": tuple(row.platform_certs),
    }


def provider_secrets() -> dict[str, Any]:
    """The service provider's keys (普通服务商): one set for the platform, sealed under its own context.

    Raises NotConfigured.
    """
    setting = db.session.get(PlatformSetting, PROVIDER)
    if setting is None or setting.secret is None:
        raise NotConfigured("平台尚未配置服务商密钥", code="provider_not_configured")
    return setting.value | orjson.loads(services().vault.open(setting.secret, PROVIDER))


def save_provider(public: dict[str, Any], secret: dict[str, str]) -> None:
    """Store the provider's keys: `public` has appid, mchid, cert_serial_no, verify_mode and WeChat's public key,
    `secret` private_key_pem and apiv3_key. Operator only; commits."""
    values = {"value": public, "secret": services().vault.seal(orjson.dumps(secret).decode(), PROVIDER)}
    db.session.execute(
        insert(PlatformSetting)
        .values(name=PROVIDER, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )
    db.session.commit()


def save_profile(data: dict[str, Any]) -> int:
    """Store a new version of the tenant's payment profile and return its number; raises ProfileInvalid.

    `data` has the columns of PaymentProfile with `private_key_pem` and `apiv3_key` in clear (direct mode). The callback
    token survives; the caller commits.
    """
    private_key, apiv3_key = data.pop("private_key_pem", None), data.pop("apiv3_key", None)
    before = db.session.scalars(select(PaymentProfile).order_by(PaymentProfile.version.desc()).limit(1)).first()
    row = PaymentProfile(
        **data,
        private_key=private_key and seal(private_key, "payment/private_key"),
        apiv3_key=apiv3_key and seal(apiv3_key, "payment/apiv3_key"),
        notify_token=before.notify_token if before else _new_callback_token(),
        created_at=now(),
    )
    db.session.add(row)
    db.session.flush()
    profile = open_profile(row)
    check_profile(profile)
    if row.mode == "direct" and row.verify_mode == "cert":
        row.certs_until, row.certs_checked_at = certificates_until(profile.platform_certs), row.created_at
        db.session.flush()
    forget()
    return row.version


def _new_callback_token() -> str:
    token = new_token()
    db.session.execute(
        insert(CallbackToken).values(token=token, tenant_id=current().id, purpose="wechat_pay").on_conflict_do_nothing()
    )
    return token


def forget() -> None:
    """Drop what this process keeps of the bound tenant's keys."""
    _profiles.pop(current().key, None)
    _gateways.drop(current().key)


def save_app(appid: str, secret: str, name: str) -> None:
    """Store a mini-program's secret and let requests with its appid find this tenant; the caller commits.

    Raises AppidTaken when the appid is another tenant's.
    """
    claim = insert(TenantAppid).values(appid=appid, tenant_id=current().id).on_conflict_do_nothing()
    db.session.execute(claim)
    if db.session.get(TenantAppid, appid).tenant_id != current().id:
        raise AppidTaken(field="appid")
    values = {"secret": seal(secret, f"app/{appid}"), "name": name, "created_at": now()}
    db.session.execute(
        insert(WechatApp).values(appid=appid, **values).on_conflict_do_update(index_elements=["appid"], set_=values)
    )
    services().registry.invalidate()


def rename_app(appid: str, name: str) -> None:
    """Call a mini-program otherwise, its secret stays; raises NotConfigured. The caller commits."""
    if db.session.execute(update(WechatApp).where(WechatApp.appid == appid).values(name=name)).rowcount == 0:
        raise NotConfigured("小程序尚未配置", code="app_not_configured", field="appid")


def app_secret(appid: str) -> str:
    """The stored secret of a mini-program in clear, for asking WeChat about it; raises NotConfigured."""
    row = db.session.get(WechatApp, appid)
    if row is None:
        raise NotConfigured("小程序尚未配置", code="app_not_configured", field="appid")
    return unseal(row.secret, f"app/{appid}")


def weixin(appid: str | None = None) -> WeixinClient:
    """A client of api.weixin.qq.com for the tenant's mini-program (its first one when None); raises NotConfigured."""
    wanted = select(WechatApp).order_by(WechatApp.created_at, WechatApp.appid).limit(1)
    row = db.session.scalars(wanted if appid is None else wanted.where(WechatApp.appid == appid)).first()
    if row is None:
        raise NotConfigured("小程序尚未配置", code="app_not_configured", field="appid")
    app = WeixinApp(current().key, row.appid, unseal(row.secret, f"app/{row.appid}"))
    return WeixinClient(app, services().redis, services().config.wxapi_base_url, _observe)
