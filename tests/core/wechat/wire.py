"""A scripted end of the wire: real HTTP, real RSA signatures, and exactly the bytes a test asks for.

For what WeChat does as a whole the tests use the simulator; this shows what was sent and gives odd answers.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from core.wechat.types import PayProfile

PUBLIC_KEY_ID = "PUB_KEY_ID_0114232134912410000000000001"
APIV3_KEY = "0123456789abcdef0123456789abcdef"
MCHID, APPID = "1900000109", "wx2421b1c4370ec43b"
SUB_MCHID, SUB_APPID = "1900000200", "wxd678efh567hg6999"
SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """One RSA key per name and test run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(name: str) -> str:
    return key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(name: str) -> str:
    return key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def certificate(name: str, serial: int = 0x5157F09EFDC096DE15EBE81A47057A72, age_days: int = 0) -> str:
    """A self-signed certificate of the named key, one year long, begun `age_days` ago."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.now(UTC) - timedelta(days=age_days, minutes=5)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key(name).public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365))
    )
    return builder.sign(key(name), SHA256()).public_bytes(Encoding.PEM).decode()


def profile(base_url: str, **changes: Any) -> PayProfile:
    """A direct merchant in public-key mode."""
    standard = PayProfile(
        mode="direct",
        tenant_key="demo",
        key_version=1,
        appid=APPID,
        mchid=MCHID,
        cert_serial_no="444F4864EA9B34415",
        private_key_pem=private_pem("merchant"),
        apiv3_key=APIV3_KEY,
        base_url=base_url,
        wxpay_public_key_pem=public_pem("platform"),
        wxpay_public_key_id=PUBLIC_KEY_ID,
    )
    return replace(standard, **changes)


def partner(base_url: str, **changes: Any) -> PayProfile:
    """A tenant under a service provider."""
    return replace(profile(base_url, mode="partner", sub_mchid=SUB_MCHID, sub_appid=SUB_APPID), **changes)


def signed(
    body: bytes, *, by: str = "platform", serial: str = PUBLIC_KEY_ID, at: float | None = None
) -> dict[str, str]:
    """The headers WeChat puts on an answer or a callback with this body."""
    stamp, nonce = str(int(time.time() if at is None else at)), os.urandom(16).hex()
    signature = key(by).sign(f"{stamp}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
    return {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": base64.b64encode(signature).decode(),
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": SIGNATURE_TYPE,
    }


def sealed(plain: str, associated_data: str, apiv3_key: str = APIV3_KEY) -> dict[str, str]:
    """An AEAD_AES_256_GCM resource."""
    nonce = os.urandom(6).hex()
    cipher = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plain.encode(), associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(cipher).decode(),
        "associated_data": associated_data,
        "nonce": nonce,
        "original_type": associated_data,
    }


def callback(about: dict[str, Any], event: str = "TRANSACTION.SUCCESS", **envelope: Any) -> bytes:
    """The raw body of a callback; `envelope` replaces parts of it."""
    kind = event.partition(".")[0].lower()
    return json.dumps(
        {
            "id": "EV-2018022511223320873",
            "create_time": "2026-11-20T10:43:39+08:00",
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功",
            "resource": sealed(json.dumps(about), kind),
        }
        | envelope
    ).encode()


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def authorization(self) -> dict[str, str]:
        pairs = self.headers["authorization"].split(" ", 1)[1].split(",")
        return {name: value.strip('"') for name, _, value in (pair.partition("=") for pair in pairs)}

    def signature_holds(self) -> bool:
        """Whether the merchant's signature covers exactly these bytes; raises InvalidSignature otherwise."""
        parts = self.authorization
        text = f"{self.method}\n{self.path}\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode()
        signature = base64.b64decode(parts["signature"])
        key("merchant").public_key().verify(signature, text + self.body + b"\n", PKCS1v15(), SHA256())
        return True


@dataclass(frozen=True)
class Reply:
    """What the wire answers: signed when 2xx, unless `headers` are given."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] | None = None
    content_type: str = "application/json; charset=utf-8"
    seconds: float = 0
    cut: bool = False

    @classmethod
    def json(cls, data: Any, **more: Any) -> Reply:
        return cls(body=json.dumps(data, ensure_ascii=False).encode(), **more)

    @classmethod
    def error(cls, status: int, code: str, numeric: str = "268435461", **more: Any) -> Reply:
        body = {"code": code, "message": f"说明 {code}", "detail": {"field": "amount"}}
        return cls.json(body, status=status, headers={"Request-ID": f"08F3A1-{numeric}"}, **more)


Script = Callable[[Seen], Reply]


@dataclass
class Wire:
    """The server. `answer` decides every reply and may be set by the test at any time."""

    answer: Script = lambda seen: Reply.error(404, "ORDER_NOT_EXIST")
    seen: list[Seen] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, client_address: None
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def always(self, reply: Reply) -> None:
        self.answer = lambda seen: reply

    def in_turn(self, *replies: Reply) -> None:
        left = iter(replies)
        self.answer = lambda seen: next(left)


def _handler(wire: Wire) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, self.path, headers, self.rfile.read(length))
            wire.connections.add(self.client_address)
            wire.seen.append(seen)
            self._write(wire.answer(seen))

        do_POST = do_GET

        def _write(self, reply: Reply) -> None:
            time.sleep(reply.seconds)
            self.send_response(reply.status)
            marks = signed(reply.body) if reply.headers is None else reply.headers
            for name, value in ({"Content-Type": reply.content_type} | marks).items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
            self.close_connection = reply.cut

        def log_message(self, *args: Any) -> None:
            """Tests don't want a log."""

    return Handler
