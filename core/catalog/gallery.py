"""The pictures of a product, in order. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from core.catalog import cache
from core.catalog.editing import target
from core.catalog.errors import PictureNotFound, ProductNotFound, TooManyPictures
from core.catalog.pictures import stored_widths
from core.catalog.service import lock_catalog
from core.clock import now
from core.db import db
from core.media.pictures import save_picture, tenant_folder
from core.services import services
from core.staff import audit
from tenants.context import current

MAX_PICTURES = 12

_PICTURES = text("SELECT id FROM product_picture WHERE product_id = :product ORDER BY position")
_TOUCH = text("UPDATE product SET updated_at = :now WHERE id = :product RETURNING id")
_ADD = text(
    """
    INSERT INTO product_picture (product_id, position, digest, widths)
    SELECT :product, count(*), :digest, :widths FROM product_picture WHERE product_id = :product RETURNING id
    """
)
_REMOVE = text("DELETE FROM product_picture WHERE id = :id AND product_id = :product RETURNING id")
_ASIDE = text("UPDATE product_picture SET position = -position - 1 WHERE product_id = :product")
_PLACE = text(
    """
    UPDATE product_picture p SET position = w.position - 1
    FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS w(id, position)
    WHERE p.id = w.id AND p.product_id = :product
    """
)


def add_picture(product_id: int, data: bytes) -> int:
    """Store an upload behind the product's other pictures; returns its id.

    Raises ProductNotFound, TooManyPictures, PictureError, PictureTooLarge.
    """
    stored = save_picture(data, tenant_folder(services().config.media_dir, current().key))
    lock_catalog()
    _touch(product_id)
    if len(_ids(product_id)) >= MAX_PICTURES:
        raise TooManyPictures(f"一个商品最多 {MAX_PICTURES} 张图片，请先删除不需要的")
    values = {"product": product_id, "digest": stored.digest, "widths": stored_widths(stored.files)}
    picture_id = db.session.execute(_ADD, values).scalar_one()
    _done("catalog.picture.add", product_id, picture_id)
    return picture_id


def remove_picture(product_id: int, picture_id: int) -> None:
    """Take a picture away; its file stays, another product may show it. Raises ProductNotFound, PictureNotFound."""
    lock_catalog()
    _touch(product_id)
    if db.session.execute(_REMOVE, {"product": product_id, "id": picture_id}).first() is None:
        raise PictureNotFound
    _arrange(product_id, _ids(product_id))
    _done("catalog.picture.remove", product_id, picture_id)


def arrange_pictures(product_id: int, picture_ids: Sequence[int]) -> None:
    """Bring the pictures into this order; the first one shows in lists. Raises ProductNotFound, PictureNotFound."""
    lock_catalog()
    _touch(product_id)
    if sorted(picture_ids) != sorted(_ids(product_id)):
        raise PictureNotFound("请列出商品的全部图片，每张一次", field="picture_ids")
    _arrange(product_id, picture_ids)
    _done("catalog.picture.arrange", product_id, *picture_ids)


def _arrange(product_id: int, picture_ids: Sequence[int]) -> None:
    db.session.execute(_ASIDE, {"product": product_id})
    db.session.execute(_PLACE, {"product": product_id, "ids": list(picture_ids)})


def _ids(product_id: int) -> Sequence[int]:
    return db.session.execute(_PICTURES, {"product": product_id}).scalars().all()


def _touch(product_id: int) -> None:
    if db.session.execute(_TOUCH, {"product": product_id, "now": now()}).first() is None:
        raise ProductNotFound


def _done(action: str, product_id: int, *picture_ids: int) -> None:
    audit.record(action, target(product_id), pictures=[str(picture_id) for picture_id in picture_ids])
    cache.touch()
