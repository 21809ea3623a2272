"""The sample shop's home page: a banner that somebody drew and uploaded, a notice, two shelves."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

from core.clock import now
from core.db import db
from core.pages import home, uploads
from core.plugin import Context
from tenants.context import current

_SIZE = (1440, 600)
_FRUIT = ((1040, 300, 190, "#e8590c"), (1230, 400, 150, "#f0a020"), (860, 430, 130, "#8bb83b"), (1330, 470, 85, "#d6336c"))


def dress() -> None:
    """Arrange the home page of the bound shop. Commits."""
    banner = {"img": uploads.keep(_drawn()), "title": "秋天的味道 · 满 39 元免配送费", "link": "none", "target": ""}
    home.replace(Context(current().key, now()), [
        {"kind": "core.banner", "settings": {"items": [banner], "shape": "wide"}},
        {"kind": "core.notice", "settings": {"text": "今晚 20:00 前下单，明早送到", "tone": "brand"}},
        {"kind": "core.product-grid", "settings": {"title": "今日新到", "limit": 6, "layout": "scroll"}},
        {"kind": "core.product-grid", "settings": {"title": "全部商品", "limit": 20, "sort": "price"}},
    ])  # fmt: skip
    db.session.commit()


def _drawn() -> bytes:
    picture = Image.linear_gradient("L").rotate(90).resize(_SIZE)
    picture = Image.composite(Image.new("RGB", _SIZE, "#ffe8cc"), Image.new("RGB", _SIZE, "#fff4e6"), picture)
    shade, fruit = Image.new("L", _SIZE, 0), ImageDraw.Draw(picture)
    for x, y, r, _colour in _FRUIT:
        ImageDraw.Draw(shade).ellipse((x - r, y + r - 30, x + r, y + r + 30), fill=90)
    picture.paste("#8a5a2b", mask=shade.filter(ImageFilter.GaussianBlur(18)))
    for x, y, r, colour in _FRUIT:
        fruit.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        fruit.ellipse((x - r * 0.55, y - r * 0.65, x - r * 0.05, y - r * 0.25), fill="#fff1e0")
        fruit.line((x, y - r, x + r * 0.15, y - r * 1.25), fill="#5c3d1e", width=12)
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
