"""What tells pages for people from APIs for programs, and the cookies that only pages have."""

from __future__ import annotations

from flask import Response, request

from core.services import services

_PAGES = ("/console", "/platform", "/signup")
_APIS = ("/console/api/", "/platform/api/")
WEEK = 7 * 24 * 3600


def is_page() -> bool:
    """Whether this request is answered with HTML: it logs in by cookie, is checked for CSRF, and fails with a page."""
    path = request.path
    return path == "/" or (path.startswith(_PAGES) and not path.startswith(_APIS))


def cookie_name(name: str) -> str:
    """`jishi-<name>`; in production with the prefix that keeps neighbouring hosts from planting one."""
    return f"__Host-jishi-{name}" if _secure() else f"jishi-{name}"


def cookie(name: str) -> str:
    """The cookie's value, empty without one."""
    return request.cookies.get(cookie_name(name), "")


def set_cookie(response: Response, name: str, value: str, max_age: int = WEEK) -> None:
    """Set a cookie for this host alone, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        cookie_name(name), value, max_age=max_age, path="/", secure=_secure(), httponly=True, samesite="Lax"
    )


def delete_cookie(response: Response, name: str) -> None:
    response.delete_cookie(cookie_name(name), path="/", secure=_secure(), httponly=True, samesite="Lax")


def _secure() -> bool:
    return services().config.env == "production"
