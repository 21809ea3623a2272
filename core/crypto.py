"""Secrets at rest, tokens and their fingerprints.

One master key (32 bytes) per installation; each purpose gets its own key by HKDF, each ciphertext is bound to the place
it stands in (`context`), so that a row copied to another tenant does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from werkzeug.security import generate_password_hash

_VERSION = b"\x01"
_NONCE_BYTES = 12


class SecretUnreadable(Exception):
    """A stored secret does not open: another master key, or a row moved from elsewhere."""


def derive(master_key: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(master_key)


class Vault:
    """Seals and opens short secrets with AES-256-GCM."""

    def __init__(self, master_key: bytes) -> None:
        self._aead = AESGCM(derive(master_key, "vault"))

    def seal(self, plain: str, context: str) -> bytes:
        """Ciphertext of `plain`, openable only with the same `context` (for example `t_x/payment/private_key`)."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._aead.encrypt(nonce, plain.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """The plain text, or `SecretUnreadable`."""
        body = bytes(sealed)
        nonce, cipher = body[1 : 1 + _NONCE_BYTES], body[1 + _NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, cipher, context.encode()).decode()
        except InvalidTag as error:
            raise SecretUnreadable(context) from error


def new_token(length: int = 24) -> str:
    """An unguessable token of `length` random bytes, safe in URLs and headers."""
    return urlsafe_b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()


def fingerprint(token: str) -> bytes:
    """What is stored of a token: its SHA-256. Tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode()).digest()


@cache
def nobodys_password() -> str:
    """A hash that no password fits: compared with where the account is unknown, so that the answer takes as long."""
    return generate_password_hash(new_token())


def same(left: bytes | str, right: bytes | str) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(left, right)
