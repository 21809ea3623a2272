"""`GET /media/<tenant key>/<file>`: pictures, under names that never change their content."""

from __future__ import annotations

from flask import Flask, Response, send_file

from core.errors import NotFound
from core.media.pictures import picture_path, tenant_folder
from core.services import services
from tenants.context import current

YEAR = 365 * 24 * 3600


def picture(tenant_key: str, name: str) -> Response:
    """A picture of the bound tenant; of any other there is none."""
    path = None
    if tenant_key == current().key:
        path = picture_path(tenant_folder(services().config.media_dir.absolute(), tenant_key), name)
    if path is None or not path.is_file():
        raise NotFound("没有找到这张图片")
    answer = send_file(path, mimetype="image/webp", max_age=YEAR, etag=name.removesuffix(".webp"), conditional=True)
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def register(app: Flask) -> None:
    app.add_url_rule("/media/<tenant_key>/<name>", "media", picture)
