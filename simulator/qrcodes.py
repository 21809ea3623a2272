"""``getwxacodeunlimit``: the rules of spec §5.4 and a picture that looks like a mini-program code."""

import hashlib
import io
import math
import re

from flask import Blueprint, Response
from PIL import Image, ImageDraw

from simulator.errors import WxError
from simulator.models import QrCode
from simulator.schema import Anything, Flag, Record, Text, Whole
from simulator.state import State
from simulator.weixin import WxCall, mount

_SCENE = r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}"
_BODY = Record({
    "scene": Text(required=True), "page": Text(), "check_path": Flag(), "env_version": Text(),
    "width": Whole(), "auto_color": Flag(), "line_color": Anything(), "is_hyaline": Flag(),
})
_SPOKES = 60
_RINGS = 7


def unlimited(state: State, call: WxCall) -> Response:
    """``POST /wxa/getwxacodeunlimit`` → image bytes."""
    body = call.read(_BODY)
    _check(call, body)
    row = QrCode(state.ids.event_id(), call.app.appid, body["scene"], body.get("page", ""),
                 body.get("env_version", "release"), state.now)
    with state.store.change():
        state.store.save(row)
    clear = body.get("is_hyaline", False)
    kind = "PNG" if clear else "JPEG"
    picture = draw(f"{row.appid}/{row.page}/{row.scene}", body.get("width", 430), clear)
    return Response(_encoded(picture, kind), content_type=f"image/{kind.lower()}")


def _check(call: WxCall, body: dict) -> None:
    if not re.fullmatch(_SCENE, body["scene"]):
        raise WxError(40169)
    if body.get("env_version", "release") not in ("release", "trial", "develop"):
        raise WxError(40097)
    if not 280 <= body.get("width", 430) <= 1280:
        raise WxError(40097)
    page = body.get("page", "")
    if page.startswith("/") or "?" in page:
        raise WxError(41030)
    if body.get("check_path", True) and page and call.app.pages and page not in call.app.pages:
        raise WxError(41030)


def draw(text: str, width: int, clear: bool) -> Image.Image:
    """A round code: spokes of dots and dashes that depend on the text, three eyes and a middle."""
    size = 430
    image = Image.new("RGBA", (size, size), (255, 255, 255, 0 if clear else 255))
    pen = ImageDraw.Draw(image)
    bits = int.from_bytes(hashlib.sha512(text.encode()).digest(), "big")
    for spoke in range(_SPOKES):
        _spoke(pen, size / 2, spoke, bits >> (spoke * _RINGS) % 480)
    for angle in (45, 135, 225):
        _eye(pen, *_at(size / 2, angle, 165), 34)
    _eye(pen, size / 2, size / 2, 92)
    return image.resize((width, width), Image.Resampling.BILINEAR)


def _spoke(pen: ImageDraw.ImageDraw, center: float, spoke: int, bits: int) -> None:
    angle = spoke * 360 / _SPOKES
    for ring in range(_RINGS):
        start = 110 + ring * 13
        if bits >> ring & 1:
            pen.line([_at(center, angle, start), _at(center, angle, start + 11)], (0, 0, 0), 6)


def _eye(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    for share, colour in ((1.25, (255, 255, 255)), (1, (0, 0, 0)), (0.72, (255, 255, 255)), (0.42, (0, 0, 0))):
        reach = radius * share
        pen.ellipse([x - reach, y - reach, x + reach, y + reach], colour)


def _at(center: float, angle: float, radius: float) -> tuple[float, float]:
    turn = math.radians(angle)
    return center + radius * math.cos(turn), center - radius * math.sin(turn)


def _encoded(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    (image.convert("RGB") if kind == "JPEG" else image).save(out, kind)
    return out.getvalue()


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    mount(blueprint, state, "POST", "/wxa/getwxacodeunlimit", unlimited)
