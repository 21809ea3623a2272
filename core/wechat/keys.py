"""Keys of a payment profile: loading them, naming them, and checking them once when a merchant saves them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, load_pem_public_key

from core.clock import now
from core.wechat.errors import ProfileInvalid
from core.wechat.types import PayProfile

PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
_HEX = re.compile(r"[0-9A-Fa-f]{1,64}")
_APPID = re.compile(r"[0-9A-Za-z_-]{1,32}")
_MCHID = re.compile(r"[0-9]{1,32}")

T = TypeVar("T")


def private_key(pem: str) -> RSAPrivateKey:
    """The merchant's key without OpenSSL's dear self-check: `check_profile` ran it when the key was saved.

    Accepts PEM or its bare base64 body (wechat.md §2.1, §2.7); raises ProfileInvalid.
    """
    return _load_private_key(pem, unsafe_skip_rsa_key_validation=True)


def public_key(pem: str) -> RSAPublicKey:
    """WeChat Pay's public key, PEM or bare body; raises ProfileInvalid."""
    key = _load("wxpay_public_key_pem", lambda: load_pem_public_key(_armoured(pem, "PUBLIC KEY")))
    if not isinstance(key, RSAPublicKey):
        raise ProfileInvalid("微信支付公钥不是 RSA 公钥", field="wxpay_public_key_pem")
    return key


def valid_certificates(pems: tuple[str, ...]) -> list[x509.Certificate]:
    """Those certificates that are in force today; raises ProfileInvalid on text that is none."""
    today = now()
    loaded = (_load("platform_certs", partial(x509.load_pem_x509_certificate, pem.encode())) for pem in pems)
    return [item for item in loaded if item.not_valid_before_utc <= today <= item.not_valid_after_utc]


def pems(certificates: Iterable[x509.Certificate]) -> tuple[str, ...]:
    """As PEM texts, the earliest end first."""
    ordered = sorted(certificates, key=lambda item: item.not_valid_after_utc)
    return tuple(item.public_bytes(Encoding.PEM).decode() for item in ordered)


def certificates_until(texts: tuple[str, ...]) -> datetime | None:
    """When the last of those in force ends; None when none is."""
    return max((item.not_valid_after_utc for item in valid_certificates(texts)), default=None)


def certificate_serial(certificate: x509.Certificate) -> str:
    """Upper-case hex without leading zeros, as `serial_key` makes it of a header."""
    return f"{certificate.serial_number:X}"


def serial_key(serial: str) -> str:
    """How a `Wechatpay-Serial` is looked up: public-key ids as they are, hex serials in one spelling."""
    if serial.startswith(PUBLIC_KEY_PREFIX):
        return serial
    return serial.upper().lstrip("0")


def check_profile(profile: PayProfile) -> None:
    """Everything that can be checked without calling WeChat, once, when keys are saved.

    Raises ProfileInvalid naming the first field to correct.
    """
    check_numbers(profile)
    check_apiv3_key(profile)
    check_private_key(profile)
    check_platform_keys(profile)


def check_numbers(profile: PayProfile) -> None:
    """AppID, merchant numbers and the certificate's serial are written as WeChat writes them."""
    _require("appid", "小程序 AppID 格式不正确", _APPID.fullmatch(profile.appid))
    _require("mchid", "商户号应为数字", _MCHID.fullmatch(profile.mchid))
    _require("cert_serial_no", "商户证书序列号应为十六进制", _HEX.fullmatch(profile.cert_serial_no))
    require_sub_mchid(profile)


def check_apiv3_key(profile: PayProfile) -> None:
    """The APIv3 key has 32 bytes."""
    _require("apiv3_key", "APIv3 密钥必须是 32 个字节", len(profile.apiv3_key.encode()) == 32)


def check_private_key(profile: PayProfile) -> None:
    """The merchant's key is an RSA key that OpenSSL finds sound."""
    key = _load_private_key(profile.private_key_pem)
    _require("private_key_pem", "商户私钥至少 2048 位", key.key_size >= 2048)


def require_sub_mchid(profile: PayProfile) -> None:
    """A partner profile without sub_mchid would put `None` into addresses (wechat.md §2.8, 7)."""
    if profile.partner:
        _require("sub_mchid", "服务商模式必须填写子商户号", _MCHID.fullmatch(profile.sub_mchid or ""))


def check_platform_keys(profile: PayProfile) -> None:
    """What verifies WeChat's answers can be read: its public key with its id, or platform certificates."""
    valid_certificates(profile.platform_certs)
    if profile.verify_mode == "cert":
        return
    announced = (profile.wxpay_public_key_id or "").startswith(PUBLIC_KEY_PREFIX)
    _require("wxpay_public_key_id", "微信支付公钥 ID 应以 PUB_KEY_ID_ 开头", announced)
    _require("wxpay_public_key_pem", "公钥模式必须填写微信支付公钥", profile.wxpay_public_key_pem)
    public_key(profile.wxpay_public_key_pem or "")


def _load_private_key(pem: str, **options: bool) -> RSAPrivateKey:
    text = _armoured(pem, "PRIVATE KEY")
    key = _load("private_key_pem", lambda: load_pem_private_key(text, password=None, **options))
    if not isinstance(key, RSAPrivateKey):
        raise ProfileInvalid("商户私钥不是 RSA 私钥", field="private_key_pem")
    return key


def _armoured(text: str, label: str) -> bytes:
    body = text.strip()
    if not body.startswith("-----BEGIN"):
        body = f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"
    return body.encode()


def _load(field: str, load: Callable[[], T]) -> T:
    try:
        return load()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    # Raised outside the handler: the cause may quote the key.
    raise ProfileInvalid("密钥或证书内容无法读取，请粘贴完整的 PEM 文本", field=field)


def _require(field: str, message: str, fulfilled: object) -> None:
    if not fulfilled:
        raise ProfileInvalid(message, field=field)
