"""The kit of pages: components, forms, tables, charts, icons, and what keeps a page safe.

Console, operator's pages, sign-up and the pages of plugins are made of the same parts; `/console/components` shows all.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response, request

from core.ui import assets, compress, csrf, errors, formats, i18n, once, policy
from core.web.pages import is_page

blp = Blueprint("ui", __name__, template_folder="templates")


def register(app: Flask) -> None:
    """Give the app the kit; after tenancy, before the pages."""
    app.register_blueprint(blp)
    i18n.register(app)
    assets.register(app)
    formats.register(app)
    csrf.register(app)
    app.jinja_env.globals.update(once_field=once.field, told=i18n.told)
    app.before_request(_before)
    app.after_request(_after)


def _before() -> Response | None:
    if not is_page():
        return None
    if request.method in {"POST", "PUT", "PATCH", "DELETE"}:
        csrf.check()
        return once.begin()
    return None


def _after(response: Response) -> Response:
    """The order counts: a failure becomes a page, the page is remembered, then it gets its headers and is packed."""
    if not is_page():
        return response
    response = errors.as_page(response)
    once.end(response)
    csrf.keep(response)
    policy.apply(response)
    return compress.packed(response)
