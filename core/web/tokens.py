"""Bearer tokens: `<kind>_<tenant key>_<secret>`. The tenant part only finds the tenant; the secret proves everything."""

from __future__ import annotations

import re
from typing import NamedTuple

from flask import request

from core.crypto import new_token
from core.errors import Unauthenticated
from core.web.pages import cookie, is_page

BUYER, STAFF, API_KEY, SUPPORT = "bt", "st", "jk", "sp"

_TOKEN = re.compile(r"(bt|st|jk|sp)_([0-9a-z]{1,26})_([A-Za-z0-9_-]{16,64})")


class Token(NamedTuple):
    kind: str
    tenant_key: str
    text: str


def issue(kind: str, tenant_key: str) -> str:
    return f"{kind}_{tenant_key}_{new_token()}"


def bearer() -> Token | None:
    """The token of the `Authorization: Bearer …` header; None without one, Unauthenticated when it is malformed."""
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    token = _parse(header)
    if token is None:
        raise Unauthenticated("登录凭证无效，请重新登录", code="bad_token")
    return token


def _parse(header: str) -> Token | None:
    scheme, _, text = header.partition(" ")
    return _read(text.strip()) if scheme.lower() == "bearer" else None


def _read(text: str) -> Token | None:
    match = _TOKEN.fullmatch(text)
    return Token(match[1], match[2], match[0]) if match else None


def required(kind: str, tenant_key: str) -> str:
    """The token's text when it is of this kind and tenant; otherwise Unauthenticated.

    Pages have it in the cookie of its kind, programs in the header: neither takes the other's, so that a page of another
    site can't use the API with a cookie.
    """
    token = _read(cookie(kind)) if is_page() else bearer()
    if token is None:
        raise Unauthenticated
    if token.kind != kind or token.tenant_key != tenant_key:
        raise Unauthenticated("登录凭证无效，请重新登录", code="bad_token")
    return token.text


def names_another_tenant(tenant_key: str) -> bool:
    """Whether the request carries a well-formed token of some other tenant."""
    token = _parse(request.headers.get("Authorization", ""))
    return token is not None and token.tenant_key != tenant_key
