"""Somebody at the platform's pages, without JavaScript."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from core.db import db
from core.operator.pages.auth import OPERATOR
from tenants.db import PLATFORM
from tests.core.console_pages.visitor import Visitor

_HIDDEN = re.compile(r'<input type="hidden" name="(csrf|once)" value="([^"]*)">')
_TOAST = re.compile(r"data-toast>\s*<svg.*?</svg><span>(.*?)</span>", re.DOTALL)
HOST = "localhost"


class Platform:
    """`token` logs in past the form; without one it is a stranger."""

    def __init__(self, app: Flask, token: str | None = None, host: str = HOST) -> None:
        self.app, self.host = app, host
        self.client = app.test_client()
        self.statements: list[str] = []
        if token:
            self.client.set_cookie(f"jishi-{OPERATOR}", token, domain=host)

    def open(self, path: str, method: str = "GET", **kwargs: Any) -> TestResponse:
        """One request, in a context of its own; its statements on all tables stand in `statements`."""
        self.statements = []
        with self.app.app_context():
            engines = [db.engine, db.engines[PLATFORM]]
        for engine in engines:
            event.listen(engine, "before_cursor_execute", self._count)
        try:
            with self.app.app_context():
                return self.client.open(path, method=method, base_url=f"http://{self.host}", **kwargs)
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", self._count)

    def get(self, path: str) -> str:
        """The page's text; fails unless it is there."""
        answer = self.open(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.location)
        return answer.text

    def post(self, path: str, data: dict[str, Any] | None = None, page: str | None = None) -> TestResponse:
        """Send a form to `path` as it stands on `page` (the same path unless given)."""
        hidden = dict(_HIDDEN.findall(self.get(page or path)))
        headers = {"Referer": f"http://{self.host}{page or path}"}
        return self.open(path, "POST", data={**hidden, **(data or {})}, headers=headers)

    def toasts(self) -> list[str]:
        """What the next page says about the last form."""
        return [unescape(text) for text in _TOAST.findall(self.get("/platform/plans"))]

    def _count(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)


class Guest(Visitor):
    """At a shop's console, in a test that has an operator's context open."""

    def open(self, path: str, method: str = "GET", **kwargs: Any) -> TestResponse:
        with self.shop.app.app_context():
            return super().open(path, method, **kwargs)
