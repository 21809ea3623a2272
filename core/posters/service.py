"""Makes posters: facts from the shop, the code from WeChat (kept as a file), or a plain QR code of the shop's address."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select, text

from core.db import db
from core.payments import profiles
from core.payments.errors import NotConfigured
from core.posters.drawing import SIZES, Sheet, picture, plain_code, poster_svg
from core.posters.errors import UnknownSize
from core.services import services
from core.stores.errors import StoreNotFound
from core.wechat.client import WeixinClient
from tenants.context import current
from tenants.models import TenantHost

PAGE = "pages/index/index"
SHOP_SCENE = "poster"
WIDTH = 1280
WECHAT_CALL, WECHAT_HOW = "微信扫一扫，进店下单", "打开微信，点右上角“＋”，选“扫一扫”，对准上面的码"
PLAIN_CALL, PLAIN_HOW = "手机扫一扫，进店下单", "打开手机相机或浏览器的“扫一扫”，对准上面的码"

_STORE = text("SELECT name, address, phone FROM store WHERE id = :id")


def poster(store_id: int | None, size: str = "A4") -> str:
    """The poster of a store, or of the whole shop (None), as SVG for `size` A4 or A5.

    With a mini-program its code leads there with scene `s=<store id>` (`poster` for the shop), otherwise a plain QR code
    leads to the shop's address. Only reads; the transaction is rolled back before WeChat is called. Raises UnknownSize,
    StoreNotFound, and WeChat's errors when it makes no code.
    """
    if size not in SIZES:
        raise UnknownSize(field="size")
    store = _store(store_id)
    call, how, code = _code(store_id)
    sheet = Sheet(current().name, store["name"], store["address"], store["phone"], call, how, code)
    return poster_svg(sheet, size)


def _store(store_id: int | None) -> dict[str, str]:
    if store_id is None:
        return {"name": "", "address": "", "phone": ""}
    row = db.session.execute(_STORE, {"id": store_id}).mappings().first()
    if row is None:
        raise StoreNotFound
    return dict(row)


def _code(store_id: int | None) -> tuple[str, str, str]:
    try:
        client = profiles.weixin()
    except NotConfigured:
        return PLAIN_CALL, PLAIN_HOW, plain_code(shop_address(store_id))
    finally:
        db.session.rollback()
    return WECHAT_CALL, WECHAT_HOW, picture(_mini_code(client, scene(store_id)))


def scene(store_id: int | None) -> str:
    """What the mini-program finds in `options.scene` (at most 32 characters, wechat.md §5.4)."""
    return SHOP_SCENE if store_id is None else f"s={store_id}"


def shop_address(store_id: int | None) -> str:
    """The shop's own page in a browser: its own domain if it has one, else below ours."""
    own = select(TenantHost.host).where(TenantHost.tenant_id == current().id).order_by(TenantHost.host).limit(1)
    base = urlsplit(services().config.public_url)
    port = f":{base.port}" if base.port else ""
    host = db.session.scalar(own) or f"{current().slug}.{services().config.domain}{port}"
    return f"{base.scheme}://{host}/?scene={scene(store_id)}"


def _mini_code(client: WeixinClient, wanted: str) -> bytes:
    """From the file of an earlier poster, or from WeChat; codes never change."""
    path = _path(client.app.appid, wanted)
    if path.is_file():
        return path.read_bytes()
    data = client.get_unlimited_qrcode(wanted, PAGE, check_path=False, width=WIDTH)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(data)
    os.replace(part.name, path)
    return data


def _path(appid: str, wanted: str) -> Path:
    digest = hashlib.sha256(f"{appid}/{PAGE}/{wanted}".encode()).hexdigest()
    return services().config.media_dir.absolute() / f"t_{current().key}" / "codes" / f"{digest}.jpg"
