"""The demo shop's mini-program and merchant account, known to the WeChat simulator."""

from __future__ import annotations

from typing import Any

import requests
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from sqlalchemy import select

from core.crypto import derive
from core.data.demologin import APPID, NAME
from core.db import db
from core.payments import profiles
from core.payments.models import PaymentProfile
from core.services import services, unseal
from core.settings import service as settings
from core.wechat.errors import WechatError
from tenants.context import current

log = structlog.get_logger()

READY_TEMPLATE = "1001"
READY_KEYWORDS = (1, 2, 3, 4, 5)

_TIMEOUT = 20


def connect() -> None:
    """Let the simulator know the shop, also one that has forgotten it, and keep the keys it answers with. Commits.

    Does nothing without a simulator.
    """
    url = services().config.simulator_url
    if not url:
        return
    kept = _kept()
    answer = _provision(url, _request(kept))
    if kept is None or not _agree(kept, answer):
        profiles.save_app(APPID, answer["secret"], NAME)
        profiles.save_profile(_profile(answer, kept))
        db.session.commit()
    _add_template()


def _kept() -> PaymentProfile | None:
    return db.session.scalars(select(PaymentProfile).order_by(PaymentProfile.version.desc()).limit(1)).first()


def _secret() -> str:
    return derive(services().config.master_key, f"demo app secret {current().key}").hex()[:32]


def _request(kept: PaymentProfile | None) -> dict[str, Any]:
    wanted = {"appid": APPID, "secret": _secret(), "name": NAME, "replace": True}
    if kept is None or kept.private_key is None or kept.appid != APPID:
        return wanted
    return wanted | {
        "mchid": kept.mchid,
        "serial_no": kept.cert_serial_no,
        "apiv3_key": unseal(kept.apiv3_key, "payment/apiv3_key"),
        "public_key_pem": _public_key(_private_key(kept)),
    }


def _private_key(kept: PaymentProfile) -> str:
    return unseal(kept.private_key, "payment/private_key")


def _public_key(private_key_pem: str) -> str:
    public = load_pem_private_key(private_key_pem.encode(), None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _provision(url: str, body: dict[str, Any]) -> dict[str, Any]:
    with requests.Session() as http:
        http.trust_env = False
        response = http.post(f"{url.rstrip('/')}/_sim/provision", json=body, timeout=_TIMEOUT)
    response.raise_for_status()
    return response.json()


def _agree(kept: PaymentProfile, answer: dict[str, Any]) -> bool:
    ours = (kept.mchid, kept.cert_serial_no, kept.public_key_id, kept.public_key_pem)
    names = ("mchid", "cert_serial_no", "wxpay_public_key_id", "wxpay_public_key_pem")
    return ours == tuple(answer[name] for name in names)


def _profile(answer: dict[str, Any], kept: PaymentProfile | None) -> dict[str, Any]:
    return {
        "mode": "direct",
        "appid": APPID,
        "mchid": answer["mchid"],
        "cert_serial_no": answer["cert_serial_no"],
        "private_key_pem": answer["private_key_pem"] or (kept and _private_key(kept)),
        "apiv3_key": answer["apiv3_key"],
        "verify_mode": answer["verify_mode"],
        "public_key_id": answer["wxpay_public_key_id"],
        "public_key_pem": answer["wxpay_public_key_pem"],
        "platform_certs": [],
    }


def _add_template() -> None:
    """“您的订单可以取货了”: taken from WeChat's library when the shop has none."""
    if settings.shop_settings()["message_ready"]:
        return
    try:
        template = profiles.weixin(APPID).add_template(READY_TEMPLATE, READY_KEYWORDS, "到店自提")
    except WechatError as error:
        log.warning("demo_template_not_added", error=str(error))
        return
    settings.change({"message_ready": template})
    db.session.commit()
