"""Forms of other sites are refused: a form of ours proves that it was drawn for this browser.

The cookie holds a random value, the form a keyed digest of it. Each page shows the digest under a salt of its own, so
that compressed pages don't give it away by their length.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from markupsafe import Markup

from core.crypto import derive, new_token, same
from core.errors import Forbidden
from core.services import services
from core.web.pages import cookie, set_cookie

FIELD = "csrf"
HEADER = "X-CSRF-Token"
_COOKIE = "csrf"


class ForgedForm(Forbidden):
    code = "csrf"
    message = "页面已过期或不是从本站提交的，请返回刷新后再试一次"


def register(app: Flask) -> None:
    app.jinja_env.globals.update(csrf_token=token, csrf_field=field)


def token() -> str:
    """What forms of this browser send along."""
    salt = new_token(9)
    return f"{salt}.{_digest(_secret(), salt)}"


def field() -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token())


def check() -> None:
    """Raise ForgedForm unless the form was drawn for this browser and comes from this host."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise ForgedForm
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    salt, _, digest = given.partition(".")
    kept = cookie(_COOKIE)
    if not kept or not same(digest, _digest(kept, salt)):
        raise ForgedForm


def renew() -> None:
    """A new secret: who logs in leaves behind what was planted before."""
    g.csrf_secret = new_token()
    g.csrf_is_new = True


def keep(response: Response) -> None:
    """Set the cookie when this request made a new secret."""
    if g.get("csrf_is_new"):
        set_cookie(response, _COOKIE, g.csrf_secret)


def _secret() -> str:
    if "csrf_secret" not in g:
        g.csrf_secret = cookie(_COOKIE)
        if not g.csrf_secret:
            renew()
    return g.csrf_secret


def _digest(secret: str, salt: str) -> str:
    key = derive(services().config.master_key, "csrf")
    return hmac.new(key, f"{salt}.{secret}".encode(), hashlib.sha256).hexdigest()
