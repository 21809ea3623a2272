"""Forms of people: logging in, binding an app, inviting, as a browser does it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from tests.core.console_http.acting import one
from tests.core.console_pages.visitor import Visitor
from tests.core.shops import PASSWORD, Shop
from tests.core.staff.acting import OWNER, App

TO_LOGIN = "/console/login?next=%2Fconsole%2Faccount"
"""Where somebody without a session is led who wants to see the account."""

_COPY = re.compile(r'data-copy="([^"]*)"')
_ERROR = re.compile(r'<div class="field-error"[^>]*>(.*?)</div>')
_PROBLEM = re.compile(r'role="alert"[^>]*>.*?<div>(.*?)</div>', re.DOTALL)


def log_in(visitor: Visitor, phone: str = OWNER, password: str = PASSWORD, after: str = "") -> TestResponse:
    return visitor.post(f"/console/login{after}", {"phone": phone, "password": password})


def errors(page: str) -> list[str]:
    """What stands beside the fields."""
    return [unescape(text) for text in _ERROR.findall(page)]


def problem(page: str) -> str:
    """What stands above the form."""
    return unescape(_PROBLEM.search(page)[1])


def copied(page: str) -> str:
    """What the page's button copies."""
    return unescape(_COPY.search(page)[1])


def follow(visitor: Visitor, answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return visitor.get(answer.location)


def bind_app(visitor: Visitor) -> tuple[App, str]:
    """Switch two-factor on by the pages; returns the app and the page with the recovery codes."""
    visitor.post("/console/account/two-factor/start", page="/console/account/two-factor")
    app = App(copied(visitor.get("/console/account/two-factor")))
    return app, follow(visitor, visitor.post("/console/account/two-factor", {"code": app.code()}))


def invite(visitor: Visitor, **data: Any) -> str:
    """The path of the link that the page shows."""
    given = {"phone": "13900000001", "name": "陈新", "role": "clerk", "scope": "all"} | data
    address = copied(follow(visitor, visitor.post("/console/staff/invite", given)))
    return address.partition(".localhost")[2]


def staff_id(shop: Shop, name: str) -> int:
    return one(shop, "SELECT id FROM staff WHERE name = :name", name=name)
