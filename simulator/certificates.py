"""``GET /v3/certificates``: platform certificates sealed with the merchant's key; 403 in public-key mode (§4.14)."""

from cryptography import x509
from flask import Blueprint

from simulator import crypto
from simulator.clock import rfc3339
from simulator.errors import pay_error
from simulator.gateway import Call, mount
from simulator.state import State


def listing(state: State, call: Call) -> dict:
    """Every valid certificate, newest first; two during a rotation with overlap."""
    if (call.merchant.verify_mode == "pubkey") != call.switched:
        raise pay_error("no_auth", "商户已切换为微信支付公钥，无法下载平台证书")
    if not call.merchant.apiv3_key:
        raise pay_error("param", "未设置APIv3密钥")
    return {"data": [_sealed(state, call, entry) for entry in state.keys.certificates()]}


def _sealed(state: State, call: Call, entry: dict) -> dict:
    certificate = x509.load_pem_x509_certificate(entry["cert_pem"].encode())
    nonce = state.ids.word(12)
    return {
        "serial_no": entry["serial_no"],
        "effective_time": rfc3339(certificate.not_valid_before_utc.timestamp()),
        "expire_time": rfc3339(certificate.not_valid_after_utc.timestamp()),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": crypto.seal(call.merchant.apiv3_key, nonce, "certificate", entry["cert_pem"].encode()),
        },
    }


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    mount(blueprint, state, "GET", "/v3/certificates", listing)
