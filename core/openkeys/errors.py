from __future__ import annotations

from core.errors import Forbidden, NotFound, Unauthenticated


class BadApiKey(Unauthenticated):
    code = "bad_api_key"
    message = "API 密钥无效或已吊销"


class ScopeMissing(Forbidden):
    """The key is good, but not for this; `scope` names what it lacks."""

    code = "scope_missing"


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"
    message = "没有找到这个 API 密钥"
