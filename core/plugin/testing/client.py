"""HTTP to one shop, as shopper, staff or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.test import TestResponse

if TYPE_CHECKING:
    from core.plugin.testing.tenant import Tenant

STORE, CONSOLE = "/store/api/v1", "/console/api/v1"


class Client:
    """Requests to `tenant` below `prefix`; answers have `.status_code` and `.json`."""

    def __init__(self, tenant: Tenant, prefix: str, token: str | None = None) -> None:
        self.tenant, self.prefix, self.token = tenant, prefix, token

    def request(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """`path` starts with a slash: `/plugins/lottery/balance`; `json`, `query_string`, `headers` as in Flask."""
        headers = {"Host": f"{self.tenant.ref.slug}.localhost", **kwargs.pop("headers", {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        with self.tenant.app.test_client() as http:
            return http.open(self.prefix + path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("POST", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("PUT", path, **kwargs)

    def patch(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("PATCH", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("DELETE", path, **kwargs)


def body_of(answer: TestResponse, *statuses: int) -> Any:
    """The JSON (or None) of an answer that has to have one of `statuses`; fails the test with what was said instead."""
    assert answer.status_code in statuses, f"{answer.request.path} answered {answer.status_code}: {answer.text}"
    return answer.json if answer.data else None
