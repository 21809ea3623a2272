"""A failure on a page is a page: what went wrong, and where to go from here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from flask import Response, flash, make_response, redirect, render_template, request

from core.ui.i18n import told
from core.web.problems import MEDIA_TYPE

_LOGIN = {"/console": "/console/login", "/platform": "/platform/login"}


def as_page(response: Response) -> Response:
    """A problem as people read it: the login for who has none, a message on the page he came from, or a page of its own."""
    if response.mimetype != MEDIA_TYPE:
        return response
    problem = orjson.loads(response.get_data())
    if response.status_code == 401:
        return _to_login()
    back = came_from()
    if request.method == "POST" and back and response.status_code in {409, 422, 429}:
        flash(_sentence(problem), "danger")
        return redirect(back, 303)
    status = response.status_code
    page = make_response(render_template("ui/error.html", problem=problem, message=told(problem["detail"])), status)
    page.headers["X-Request-ID"] = problem.get("request_id", "")
    return page


def came_from() -> str | None:
    """The path of ours from which this request was sent; None when it was another site's, or is unknown."""
    parts = urlsplit(request.referrer or "")
    if not parts.path or parts.netloc != request.host:
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def safe_path(path: str | None, otherwise: str) -> str:
    """`path` when it is a plain path of this host, else `otherwise`: nobody is led elsewhere by a link."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(c) < 32 for c in path):
        return otherwise
    parts = urlsplit(path)
    return otherwise if parts.scheme or parts.netloc or "\\" in path else path


def _to_login() -> Response:
    login = next((page for prefix, page in _LOGIN.items() if request.path.startswith(prefix)), "/")
    if request.path == login:
        return redirect(login, 303)
    after = request.full_path.rstrip("?") if request.method == "GET" else (came_from() or "")
    place = f"{login}?{urlencode({'next': after})}" if after else login
    if request.headers.get("HX-Request"):
        answer = Response(status=204)
        answer.headers["HX-Redirect"] = place
        return answer
    return redirect(place, 303)


def _sentence(problem: dict[str, Any]) -> str:
    details = "；".join(f"{told(error['message'])}" for error in problem.get("errors", ())[:3])
    return f"{told(problem['detail'])}：{details}" if details else told(problem["detail"])
