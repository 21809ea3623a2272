from __future__ import annotations

import marshmallow as ma

from core.plugin.web import Text


class Settings(ma.Schema):
    greeting = Text(60, load_default="欢迎", metadata={"label": "问候语"})
    colour = Text(20, load_default="red")
