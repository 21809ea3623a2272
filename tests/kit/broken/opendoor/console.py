from __future__ import annotations

import marshmallow as ma

from core.plugin.web import Blueprint, requires

blp = Blueprint("opendoor_console", __name__)


@blp.route("/figures")
@requires("opendoor.view")
@blp.response(200, ma.Schema)
def read_figures():
    return {}


@blp.route("/secrets")
@blp.response(200, ma.Schema)
def read_secrets():
    return {}
