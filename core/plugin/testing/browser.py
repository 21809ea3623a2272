"""Somebody at the console's pages without JavaScript: keeps cookies, reads pages, sends their forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from werkzeug.test import TestResponse

from core.plugin.testing.stocking import Staff
from core.ui.i18n import COOKIE
from core.web.pages import cookie_name
from core.web.tokens import STAFF

if TYPE_CHECKING:
    from core.plugin.testing.tenant import Tenant

PAGES = "/console"
_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
_TOAST = re.compile(r"data-toast>.*?<span>(.*?)</span>", re.DOTALL)


class Browser:
    """Pages of `tenant` below `/console`, as `staff` or as somebody who is not logged in; in Chinese unless `language`."""

    def __init__(self, tenant: Tenant, staff: Staff | None = None, language: str = "zh") -> None:
        self.tenant, self.host = tenant, f"{tenant.ref.slug}.localhost"
        self._http = tenant.app.test_client()
        self._http.set_cookie(COOKIE, language, domain=self.host)
        if staff is not None:
            with tenant.bound():
                self._http.set_cookie(cookie_name(STAFF), staff.token, domain=self.host)

    def request(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """`path` as in the menu: `/plugins/lottery/prizes`."""
        base = f"http://{self.host}"
        return self._http.open(PAGES + path, method=method, base_url=base, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, page: str | None = None, **fields: Any) -> TestResponse:
        """Send the form that stands on `page` (on `path` itself unless given), its hidden fields with it."""
        drawn = self.get(page or path)
        assert drawn.status_code == 200, f"{page or path} answered {drawn.status_code}: {drawn.text}"
        return self.request("POST", path, data={**dict(_HIDDEN.findall(drawn.text)), **fields})

    def follow(self, answer: TestResponse) -> TestResponse:
        """The page that a form led to; fails the test when it led nowhere."""
        assert answer.status_code == 303, f"{answer.request.path} answered {answer.status_code}: {answer.text}"
        return self.get(answer.location.removeprefix(PAGES))


def toasts(page: TestResponse) -> list[str]:
    """What a page says about the form before it."""
    return _TOAST.findall(page.text)
