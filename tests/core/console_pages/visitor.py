"""Somebody with a browser and no JavaScript: keeps cookies, reads pages, posts their forms."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from sqlalchemy import event
from werkzeug.test import TestResponse

from core.db import db
from core.web.tokens import STAFF
from tests.core.shops import Shop

_HIDDEN = re.compile(r'<input type="hidden" name="(csrf|once)" value="([^"]*)">')
_TOAST = re.compile(r"data-toast>\s*<svg.*?</svg><span>(.*?)</span>", re.DOTALL)


class Visitor:
    """`token` logs in past the form; without one the visitor is a stranger."""

    def __init__(self, shop: Shop, token: str | None = None) -> None:
        self.shop, self.host = shop, f"{shop.ref.slug}.localhost"
        self.client = shop.app.test_client()
        self.statements: list[str] = []
        if token:
            self.client.set_cookie(f"jishi-{STAFF}", token, domain=self.host)

    def open(self, path: str, method: str = "GET", **kwargs: Any) -> TestResponse:
        """One request; the statements of SQL that it took stand in `statements`."""
        headers = {"Host": self.host, **kwargs.pop("headers", {})}
        self.statements = []
        with self.shop.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", self._count)
        try:
            return self.client.open(path, method=method, headers=headers, base_url=f"http://{self.host}", **kwargs)
        finally:
            event.remove(engine, "before_cursor_execute", self._count)

    def get(self, path: str) -> str:
        """The page's text; fails unless it is there."""
        answer = self.open(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.location)
        return answer.text

    def post(self, path: str, data: dict[str, Any] | None = None, page: str | None = None, **kwargs: Any) -> TestResponse:
        """Send a form to `path` as it stands on `page` (the same path unless given), with its hidden numbers."""
        drawn = self.get(page or path)
        hidden = dict(_HIDDEN.findall(drawn))
        headers = {"Referer": f"http://{self.host}{page or path}"}
        return self.open(path, "POST", data={**hidden, **(data or {})}, headers=headers, **kwargs)

    def toasts(self) -> list[str]:
        """What the next page says about the last form."""
        return [unescape(text) for text in _TOAST.findall(self.get("/console/components"))]

    def _count(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)
