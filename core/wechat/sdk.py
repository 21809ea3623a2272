"""wechatpayv3 2.0.4 with our own gateway address, transport and signature checks (wechat.md §2.6, §2.8)."""

from __future__ import annotations

import json
import re
import threading
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import aes_decrypt, build_authorization

from core.wechat import keys
from core.wechat.errors import ProfileInvalid, Retryable, SignatureInvalid, Unknown, UnverifiedAnswer, WechatError
from core.wechat.transport import Timeout, send, streaming
from core.wechat.types import PayProfile

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
FRESH_SECONDS = 300
VAIN_PAUSE_SECONDS = 60
CHUNK = 64 * 1024
SIGNED_STATUSES = frozenset({200, 204})
_SECONDS = re.compile(r"[0-9]{1,12}")
_USER_AGENT = "jishi wechatpayv3/2.0.4"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP; a 2xx has a verified signature unless it was asked for without."""

    method: str
    status: int
    body: bytes
    request_id: str

    def json(self) -> dict[str, Any]:
        """The object in the body; raises Unknown when there is none."""
        try:
            data = json.loads(self.body)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise Unknown(wx_message="answer is not a JSON object", request_id=self.request_id)
        return data


class PayCore(Core):
    """Signs, sends and verifies. Thread-safe: the set of platform keys is only ever replaced as a whole."""

    def __init__(self, profile: PayProfile, timeout: Timeout | None = None) -> None:
        super().__init__(profile.mchid, profile.cert_serial_no, None, profile.apiv3_key, timeout=timeout)
        self._base_url = profile.base_url.rstrip("/")
        self._private_key = keys.private_key(profile.private_key_pem)
        self._certificates = keys.valid_certificates(profile.platform_certs)
        self._fixed = _public_keys(profile)
        if profile.verify_mode == "pubkey":
            self._public_key_id = profile.wxpay_public_key_id
            self._public_key = self._fixed.get(self._public_key_id)
        self._learning = threading.Lock()
        self._vain_until = 0.0
        self._known = self._known_keys()
        if not self._known and profile.verify_mode == "cert":
            self.refresh_certificates()
        if not self._known:
            raise ProfileInvalid("没有可用的微信支付公钥或平台证书", field="wxpay_public_key_pem")

    @property
    def _gate_way(self) -> str:
        return self._base_url

    @_gate_way.setter
    def _gate_way(self, value: str) -> None:
        """The base class writes its hard-coded address here."""

    def _init_certificates(self) -> None:
        """The base class would go to the network or to a folder; our keys come with the profile."""

    def _update_certificates(self) -> None:
        self.refresh_certificates()

    def _last_certificate(self) -> Certificate:
        return max(self._certificates, key=lambda certificate: certificate.not_valid_after_utc)

    def _verify_signature(self, headers: Mapping[str, str], body: str | bytes) -> bool:
        raw = body.encode() if isinstance(body, str) else body
        try:
            self.verify(headers, raw)
        except SignatureInvalid:
            return False
        return True

    def knows(self, serial: str) -> bool:
        """Whether a message with this `Wechatpay-Serial` could be verified; never asks the network."""
        return keys.serial_key(serial) in self._known

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check a signature over raw bytes with the keys at hand (§4.2); raises SignatureInvalid."""
        key = self._known.get(keys.serial_key(headers.get("Wechatpay-Serial", "")))
        if key is None:
            raise SignatureInvalid("unknown_serial")
        if headers.get("Wechatpay-Signature-Type") != SIGNATURE_TYPE:
            raise SignatureInvalid("signature_type")
        signed = f"{headers.get('Wechatpay-Timestamp', '')}\n{headers.get('Wechatpay-Nonce', '')}\n".encode()
        try:
            signature = b64decode(headers.get("Wechatpay-Signature", ""), validate=True)
            key.verify(signature, signed + body + b"\n", PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            raise SignatureInvalid("signature") from None

    def open_resource(self, resource: Mapping[str, Any]) -> str:
        """Decrypt an AEAD_AES_256_GCM resource with the APIv3 key; raises SignatureInvalid("decrypt")."""
        if resource.get("algorithm") != "AEAD_AES_256_GCM":
            raise SignatureInvalid("decrypt")
        try:
            plain = aes_decrypt(
                nonce=resource["nonce"],
                ciphertext=resource["ciphertext"],
                associated_data=resource.get("associated_data") or "",
                apiv3_key=self._apiv3_key,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            plain = None
        if plain is None:
            raise SignatureInvalid("decrypt")
        return plain

    def request(  # the base class's signature
        self,
        path: str,
        method: RequestType = RequestType.GET,
        data: Any = None,
        skip_verify: bool = False,
        sign_data: str | None = None,
        files: Any = None,
        cipher_data: bool = False,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Sign and send the same bytes, verify the answer. Raises Retryable, Unknown, UnverifiedAnswer."""
        if files or sign_data:
            raise NotImplementedError("uploads are not part of this gateway")
        body = None if data is None else json.dumps(data, allow_nan=False).encode()
        sent_at = time.time()
        response = send(
            self._base_url,
            method.value,
            path,
            headers=(headers or {}) | self._headers(path, method.value, body or b"", cipher_data),
            body=body,
            timeout=self._timeout,
        )
        request_id = response.headers.get("Request-ID", "")
        answer = Answer(method.value, response.status_code, response.content, request_id)
        if not skip_verify and answer.status in SIGNED_STATUSES:
            self._verify_answer(answer, response.headers, sent_at)
        return answer

    def probe(self, path: str, method: RequestType = RequestType.GET, data: Any = None) -> tuple[Answer, str]:
        """A signed request, and how the signature of its answer, whatever the status, fits the keys at hand:
        "valid", "unsigned", or the reason of SignatureInvalid. Raises Retryable, Unknown."""
        body = None if data is None else json.dumps(data, allow_nan=False).encode()
        headers = self._headers(path, method.value, body or b"", False)
        response = send(self._base_url, method.value, path, headers=headers, body=body, timeout=self._timeout)
        request_id = response.headers.get("Request-ID", "")
        answer = Answer(method.value, response.status_code, response.content, request_id)
        if "Wechatpay-Signature" not in response.headers:
            return answer, "unsigned"
        try:
            self.verify(response.headers, response.content)
        except SignatureInvalid as error:
            return answer, error.reason
        return answer, "valid"

    @contextmanager
    def download(self, path: str) -> Iterator[Iterator[bytes]]:
        """The body of an unsigned answer to a signed GET, in pieces; raises Retryable."""
        with streaming(self._base_url, path, self._headers(path, "GET", b"", False)) as response:
            if response.status_code != 200:
                raise Retryable(wx_message=f"download answered HTTP {response.status_code}")
            yield response.iter_content(CHUNK)

    def refresh_certificates(self) -> None:
        """Fetch the platform certificates; keeps the old ones when there are no new. Raises Retryable.

        Each is authenticated by the APIv3 key it is encrypted with (wechat.md §4.14).
        """
        answer = self.request("/v3/certificates", skip_verify=True)
        if answer.status != 200:
            return
        fresh = keys.valid_certificates(tuple(self._opened_certificates(answer.json())))
        if fresh:
            self._certificates = fresh
            self._known = self._known_keys()

    def _learn(self, serial: str) -> None:
        """Look once for the key behind a serial an answer came with, and after a vain look not again for a while."""
        with self._learning:
            if self.knows(serial) or time.monotonic() < self._vain_until:
                return
            with suppress(WechatError):
                self.refresh_certificates()
            if not self.knows(serial):
                self._vain_until = time.monotonic() + VAIN_PAUSE_SECONDS

    def _opened_certificates(self, listing: Mapping[str, Any]) -> Iterator[str]:
        for item in listing.get("data", []):
            with suppress(SignatureInvalid):
                yield self.open_resource(item.get("encrypt_certificate", {}))

    def _known_keys(self) -> dict[str, RSAPublicKey]:
        return self._fixed | {keys.certificate_serial(item): item.public_key() for item in self._certificates}

    def _verify_answer(self, answer: Answer, headers: Mapping[str, str], sent_at: float) -> None:
        serial = headers.get("Wechatpay-Serial", "")
        if not self.knows(serial):
            self._learn(serial)
        try:
            # The machine's clock, like the timestamp wechatpayv3 signs requests with.
            check_fresh(headers, sent_at)
            self.verify(headers, answer.body)
        except SignatureInvalid as error:
            raise UnverifiedAnswer(error.reason, request_id=answer.request_id) from None

    def _headers(self, path: str, method: str, body: bytes, cipher_data: bool) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": _USER_AGENT,
            "Authorization": build_authorization(
                path, method, self._mchid, self._cert_serial_no, self._private_key, data=body.decode()
            ),
        }
        if self._public_key_id:
            headers["Wechatpay-Serial"] = self._public_key_id
        elif cipher_data:
            headers["Wechatpay-Serial"] = keys.certificate_serial(self._last_certificate())
        return headers


def check_fresh(headers: Mapping[str, str], at: float) -> None:
    """`Wechatpay-Timestamp` lies within five minutes of `at` (Unix seconds), or SignatureInvalid("stale")."""
    stamp = headers.get("Wechatpay-Timestamp", "")
    if not _SECONDS.fullmatch(stamp) or abs(at - int(stamp)) > FRESH_SECONDS:
        raise SignatureInvalid("stale")


def _public_keys(profile: PayProfile) -> dict[str, RSAPublicKey]:
    if not (profile.wxpay_public_key_pem and profile.wxpay_public_key_id):
        return {}
    return {profile.wxpay_public_key_id: keys.public_key(profile.wxpay_public_key_pem)}


class Sdk(WeChatPay):
    """wechatpayv3's calls over our core, without the default notify_url that refunds would fall back to."""

    def __init__(self, profile: PayProfile, timeout: Timeout | None = None) -> None:
        self._type = WeChatPayType.MINIPROG
        self._mchid = profile.mchid
        self._appid = profile.appid
        self._notify_url = None
        self._partner_mode = profile.partner
        self._core = PayCore(profile, timeout)
