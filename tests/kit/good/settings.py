from __future__ import annotations

import marshmallow as ma

from core.plugin.web import Fen, Text


class Settings(ma.Schema):
    worth_fen = Fen(load_default=100, metadata={"label": "每枚印章抵扣（分）"})
    key = Text(60, 0, load_default="", metadata={"label": "接口密钥", "secret": True})
