from __future__ import annotations

from core.errors import Invalid


class UnknownSize(Invalid):
    """Posters are made for A4 and A5."""

    code = "poster_size_unknown"
    message = "海报只有 A4 和 A5 两种尺寸"
