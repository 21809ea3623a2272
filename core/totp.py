"""Two-factor codes (动态验证码, RFC 6238) and recovery codes (恢复码). Pure: who keeps what stands elsewhere.

SHA-1, six digits, thirty seconds: what every authenticator app understands.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
import segno

from core.crypto import fingerprint, same

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""A clock may be wrong by this many steps in either direction."""

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 4
_CODE = re.compile(r"[0-9]{6}")
_BETWEEN = re.compile(r"[\s-]+")


def new_secret() -> str:
    """160 random bits in base32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, account: str, issuer: str) -> str:
    """`otpauth://totp/…`, what an app reads from the QR code; `account` and `issuer` are what it shows."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def qr_svg(uri: str) -> str:
    """The QR code as an `<svg>` element to stand in a page; it has a viewBox and no size, script or style."""
    return segno.make(uri, error="m").svg_inline(omitsize=True, border=2)


def matching_step(secret: str, code: str, at: datetime, after_step: int) -> int | None:
    """The time step whose code `code` is, at most DRIFT_STEPS from `at` and later than `after_step`; None without one.

    Whoever keeps the returned step as the next `after_step` takes every code once. Blanks in `code` don't count.
    """
    digits = _BETWEEN.sub("", code)
    if not _CODE.fullmatch(digits):
        return None
    here = int(at.timestamp()) // STEP_SECONDS
    otp = pyotp.TOTP(secret)
    near = range(max(here - DRIFT_STEPS, after_step + 1), here + DRIFT_STEPS + 1)
    return next((step for step in near if same(otp.generate_otp(step), digits)), None)


def new_recovery_codes() -> Sequence[str]:
    """RECOVERY_CODES codes of 79 random bits each: `abcd-efgh-jkmn-pqrs`, without letters that look alike."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def _recovery_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def recovery_print(code: str) -> bytes:
    """What is stored of a recovery code; blanks, hyphens and capitals don't count."""
    return fingerprint(_BETWEEN.sub("", code).lower())
