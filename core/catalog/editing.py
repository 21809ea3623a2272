"""Products one by one, as staff edit them. The caller commits; whatever is raised means roll back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.catalog import cache
from core.catalog.bulk import as_json, barcode_owners, set_barcodes
from core.catalog.errors import (
    BarcodeTaken,
    BrandNotFound,
    CategoryNotFound,
    NothingForSale,
    PluTaken,
    ProductInUse,
    ProductNotFound,
    SkuCodeTaken,
    SkuNotFound,
)
from core.catalog.indexing import index_products
from core.catalog.service import lock_catalog
from core.clock import now
from core.db import db
from core.editing.stale import stale
from core.staff import audit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SET = """title = :title, category_id = :category_id, brand_id = :brand_id, origin = :origin,
    description = :description, video_url = :video_url, keywords = :keywords, on_shelf = :on_shelf"""
_ADD = text(
    """
    INSERT INTO product (title, category_id, brand_id, origin, description, video_url, keywords, on_shelf,
                         min_price_fen, created_at, updated_at)
    VALUES (:title, :category_id, :brand_id, :origin, :description, :video_url, :keywords, :on_shelf, 0, :now, :now)
    RETURNING id
    """
)
_EDIT = text(
    f"UPDATE product SET {_SET}, updated_at = :now WHERE id = :id"
    " AND (CAST(:version AS timestamptz) IS NULL OR updated_at = :version) RETURNING id"
)
_NAMES = text(
    """
    SELECT CAST(:category_id AS bigint) IS NULL OR EXISTS (SELECT 1 FROM category WHERE id = :category_id) AS category,
           CAST(:brand_id AS bigint) IS NULL OR EXISTS (SELECT 1 FROM brand WHERE id = :brand_id) AS brand
    """
)
_PRESENT = text(
    """
    SELECT title, category_id, brand_id, origin, description, video_url, keywords, on_shelf, updated_at,
           (SELECT json_agg(json_build_object('id', s.id::text, 'code', s.code, 'spec', s.spec, 'unit', s.unit,
                'weighed', s.weighed, 'plu', s.plu, 'list_price_fen', s.list_price_fen,
                'member_price_fen', s.member_price_fen, 'cost_fen', s.cost_fen, 'active', s.active) ORDER BY s.id)
            FROM sku s WHERE s.product_id = product.id) AS skus
    FROM product WHERE id = :id
    """
)
_TAKEN = text(
    """
    SELECT code, plu FROM sku
    WHERE (code = ANY(:codes) OR plu = ANY(CAST(:plus AS text[]))) AND NOT id = ANY(CAST(:own AS bigint[]))
    """
)
_OWN = text("SELECT id, code FROM sku WHERE product_id = :product")

_SKU_TYPES = """id bigint, code text, spec text, unit text, weighed boolean, plu text, list_price_fen bigint,
    member_price_fen bigint, cost_fen bigint, active boolean"""
_ADD_SKUS = text(
    f"""
    INSERT INTO sku (product_id, code, spec, unit, weighed, plu, list_price_fen, member_price_fen, cost_fen, active)
    SELECT :product, code, spec, unit, weighed, plu, list_price_fen, member_price_fen, cost_fen, active
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS i({_SKU_TYPES})
    RETURNING code, id
    """
)
_CHANGE_SKUS = text(
    f"""
    UPDATE sku s SET code = i.code, spec = i.spec, unit = i.unit, weighed = i.weighed, plu = i.plu,
        list_price_fen = i.list_price_fen, member_price_fen = i.member_price_fen, cost_fen = i.cost_fen,
        active = i.active
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS i({_SKU_TYPES})
    WHERE s.id = i.id AND s.product_id = :product
    """
)
_LOWEST = text(
    """
    UPDATE product SET min_price_fen = (
        SELECT coalesce(min(list_price_fen) FILTER (WHERE active), min(list_price_fen)) FROM sku WHERE product_id = :id
    ) WHERE id = :id RETURNING EXISTS (SELECT 1 FROM sku WHERE product_id = :id AND active)
    """
)
_SHELVE = text(
    "UPDATE product SET on_shelf = :on_shelf, updated_at = :now WHERE id = ANY(:ids) AND on_shelf <> :on_shelf"
    " RETURNING id"
)
_REMOVE = text(
    """
    DELETE FROM product p WHERE p.id = :id AND NOT EXISTS (
        SELECT 1 FROM sku s WHERE s.product_id = p.id AND (
            EXISTS (SELECT 1 FROM stock_move m WHERE m.sku_id = s.id)
            OR EXISTS (SELECT 1 FROM order_line l WHERE l.sku_id = s.id)))
    RETURNING p.id
    """
)
_EXISTS = text("SELECT id FROM product WHERE id = :id")


def version_of(updated_at: datetime) -> str:
    """What an editor sends back to show which state of the product it changes: microseconds since 1970."""
    return str((updated_at - _EPOCH) // timedelta(microseconds=1))


def _moment_of(version: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=version)
    except OverflowError:
        return _EPOCH


def create_product(data: Mapping[str, Any]) -> int:
    """A new product with its SKUs (`skus`, at least one); returns its id.

    Raises CategoryNotFound, BrandNotFound, SkuCodeTaken, BarcodeTaken, PluTaken, NothingForSale.
    """
    lock_catalog()
    _check_names(data)
    product_id = db.session.execute(_ADD, {**data, "now": now()}).scalar_one()
    _save_skus(product_id, data["skus"])
    _finish(product_id, "catalog.create", title=data["title"])
    return product_id


def edit_product(product_id: int, version: int | None, data: Mapping[str, Any]) -> None:
    """Store the whole product; SKUs with an id are changed, those without are added, others stay as they are.

    `version` is what the editor saw (None: don't ask). Raises ProductNotFound, StaleEdit when somebody saved it since
    then, SkuNotFound for a SKU of another product, and what `create_product` raises.
    """
    lock_catalog()
    _check_names(data)
    seen = None if version is None else _moment_of(version)
    values = {**data, "id": product_id, "version": seen, "now": now()}
    if db.session.execute(_EDIT, values).first() is None:
        raise _missed(product_id)
    _save_skus(product_id, data["skus"])
    _finish(product_id, "catalog.edit", title=data["title"])


def _missed(product_id: int) -> Exception:
    row = db.session.execute(_PRESENT, {"id": product_id}).mappings().first()
    if row is None:
        return ProductNotFound()
    present = {name: value for name, value in row.items() if name != "updated_at"}
    return stale(target(product_id), {**present, "version": version_of(row["updated_at"])}, row["updated_at"])


def target(product_id: int) -> str:
    """How the audit log names a product."""
    return f"product:{product_id}"


def _check_names(data: Mapping[str, Any]) -> None:
    found = db.session.execute(_NAMES, {name: data[name] for name in ("category_id", "brand_id")}).one()
    if not found.category:
        raise CategoryNotFound(field="category_id")
    if not found.brand:
        raise BrandNotFound(field="brand_id")


def _save_skus(product_id: int, skus: Sequence[Mapping[str, Any]]) -> None:
    ids = {row.code: row.id for row in db.session.execute(_OWN, {"product": product_id})}
    _check_own(skus, set(ids.values()))
    _check_taken(skus)
    known = [sku for sku in skus if sku["id"] is not None]
    new = [sku for sku in skus if sku["id"] is None]
    if known:
        _change_skus(product_id, known)
    if new:
        added = db.session.execute(_ADD_SKUS, {"product": product_id, "rows": as_json(new)})
        ids = dict(added.all())
    set_barcodes({sku["id"] or ids[sku["code"]]: sku["barcodes"] for sku in skus})


def _change_skus(product_id: int, skus: Sequence[Mapping[str, Any]]) -> None:
    try:
        db.session.execute(_CHANGE_SKUS, {"product": product_id, "rows": as_json(skus)})
    except IntegrityError as error:
        raise SkuCodeTaken("货号或 PLU 不能在一次保存里互换，请分两次保存", field="skus") from error


def _check_own(skus: Sequence[Mapping[str, Any]], own: set[int]) -> None:
    for position, sku in enumerate(skus):
        if sku["id"] is not None and sku["id"] not in own:
            raise SkuNotFound(field=f"skus.{position}.id")


def _check_taken(skus: Sequence[Mapping[str, Any]]) -> None:
    """Codes, PLUs and barcodes belong to one SKU of the shop each. Raises SkuCodeTaken, PluTaken, BarcodeTaken."""
    own = [sku["id"] for sku in skus if sku["id"] is not None]
    values = {"codes": [s["code"] for s in skus], "plus": [s["plu"] for s in skus if s["plu"]], "own": own}
    rows = db.session.execute(_TAKEN, values).all()
    codes, plus = {row.code for row in rows}, {row.plu: row.code for row in rows if row.plu}
    owners = barcode_owners([code for sku in skus for code in sku["barcodes"]], besides=own)
    for position, sku in enumerate(skus):
        place = f"skus.{position}"
        if sku["code"] in codes:
            raise SkuCodeTaken(f"货号 {sku['code']} 已被使用，请换一个", field=f"{place}.code")
        if sku["plu"] in plus:
            raise PluTaken(f"PLU {sku['plu']} 已属于货号 {plus[sku['plu']]}", field=f"{place}.plu")
        for barcode in sku["barcodes"]:
            if barcode in owners:
                raise BarcodeTaken(f"条码 {barcode} 已属于货号 {owners[barcode]}", field=f"{place}.barcodes")


def _finish(product_id: int, action: str, **detail: Any) -> None:
    if not db.session.execute(_LOWEST, {"id": product_id}).scalar_one():
        raise NothingForSale(field="skus")
    index_products([product_id])
    audit.record(action, target(product_id), **detail)
    cache.touch()


def set_on_shelf(product_ids: Sequence[int], on_shelf: bool) -> int:
    """Put products on the shelf or take them off (上架, 下架); returns how many changed. Unknown ids are left out."""
    values = {"ids": sorted(set(product_ids)), "on_shelf": on_shelf, "now": now()}
    changed = db.session.execute(_SHELVE, values).scalars().all()
    if changed:
        ids = [str(product_id) for product_id in changed]
        audit.record("catalog.shelve", target(changed[0]) if len(ids) == 1 else "products", on_shelf=on_shelf, ids=ids)
        cache.touch()
    return len(changed)


def remove_product(product_id: int) -> None:
    """Delete a product that was never stocked or sold. Raises ProductNotFound, ProductInUse."""
    lock_catalog()
    if db.session.execute(_REMOVE, {"id": product_id}).first() is None:
        if db.session.execute(_EXISTS, {"id": product_id}).first() is None:
            raise ProductNotFound
        raise ProductInUse
    audit.record("catalog.remove", target(product_id))
    cache.touch()
