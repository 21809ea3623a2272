"""Categories and brands, as staff edit them. The caller commits and, where a name changed, has the products indexed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, text

from core.catalog import cache
from core.catalog.errors import (
    BrandInUse,
    BrandNotFound,
    CategoryInUse,
    CategoryLoop,
    CategoryNotFound,
    CategoryTooDeep,
    NameTaken,
)
from core.catalog.service import lock_catalog
from core.catalog.tree import MAX_DEPTH
from core.db import db
from core.editing.stale import stale
from core.staff import audit

_CATEGORIES = text(
    """
    SELECT c.id, c.parent_id, c.name, c.position, c.active, c.version,
           (SELECT count(*) FROM product p WHERE p.category_id = c.id) AS products
    FROM category c ORDER BY c.position, c.id
    """
)
_NODES = text("SELECT id, parent_id FROM category")
_SAME_NAME = text(
    "SELECT id FROM category WHERE parent_id IS NOT DISTINCT FROM CAST(:parent_id AS bigint) AND name = :name"
    " AND id IS DISTINCT FROM CAST(:id AS bigint)"
)
_ADD_CATEGORY = text(
    "INSERT INTO category (parent_id, name, position, active) VALUES (:parent_id, :name, :position, :active)"
    " RETURNING id"
)
_EDIT_CATEGORY = text(
    "UPDATE category SET parent_id = :parent_id, name = :name, position = :position, active = :active,"
    " version = version + 1 WHERE id = :id AND (CAST(:seen AS int) IS NULL OR version = :seen) RETURNING id"
)
_REMOVE_CATEGORY = text(
    """
    DELETE FROM category c WHERE c.id = :id AND NOT EXISTS (SELECT 1 FROM category WHERE parent_id = c.id)
      AND NOT EXISTS (SELECT 1 FROM product WHERE category_id = c.id) RETURNING c.id
    """
)

_BRANDS = text(
    """
    SELECT b.id, b.name, (SELECT count(*) FROM product p WHERE p.brand_id = b.id) AS products FROM brand b
    WHERE b.id > :after ORDER BY b.id LIMIT :limit
    """
)
_SAME_BRAND = text("SELECT id FROM brand WHERE name = :name AND id IS DISTINCT FROM CAST(:id AS bigint)")
_ADD_BRAND = text("INSERT INTO brand (name) VALUES (:name) RETURNING id")
_EDIT_BRAND = text("UPDATE brand SET name = :name WHERE id = :id RETURNING id")
_REMOVE_BRAND = text(
    "DELETE FROM brand b WHERE b.id = :id AND NOT EXISTS (SELECT 1 FROM product WHERE brand_id = b.id) RETURNING b.id"
)
_BRAND_EXISTS = text("SELECT id FROM brand WHERE id = :id")


def all_categories() -> Sequence[RowMapping]:
    """Every category, inactive ones too, with the number of products right in it."""
    return db.session.execute(_CATEGORIES).mappings().all()


def category_choices() -> list[tuple[int, str]]:
    """Every category with its names from the root (`饮料 / 碳酸`), in the order of the tree: what a form offers."""
    rows = {row["id"]: row for row in all_categories()}
    parents = {id_: row["parent_id"] for id_, row in rows.items()}
    order = {id_: place for place, id_ in enumerate(rows)}
    paths = {id_: list(reversed(_above(parents, id_))) for id_ in rows}
    tree = sorted(paths, key=lambda id_: [order[above] for above in paths[id_]])
    return [(id_, " / ".join(rows[above]["name"] for above in paths[id_])) for id_ in tree]


def find_category(category_id: int) -> RowMapping:
    """A category with its `version`; raises CategoryNotFound."""
    row = next((row for row in all_categories() if row["id"] == category_id), None)
    if row is None:
        raise CategoryNotFound
    return row


def create_category(data: Mapping[str, Any]) -> int:
    """`name`, `parent_id`, `position`, `active`. Raises CategoryNotFound, CategoryTooDeep, NameTaken."""
    lock_catalog()
    _check_place(None, data["parent_id"])
    _check_name(None, data)
    category_id = db.session.execute(_ADD_CATEGORY, dict(data)).scalar_one()
    _done("catalog.category.create", f"category:{category_id}", data["name"])
    return category_id


def edit_category(category_id: int, data: Mapping[str, Any], seen_version: int | None = None) -> None:
    """Rename or move. Raises CategoryNotFound, CategoryLoop, CategoryTooDeep, NameTaken, StaleEdit."""
    lock_catalog()
    _check_place(category_id, data["parent_id"])
    _check_name(category_id, data)
    if db.session.execute(_EDIT_CATEGORY, {**data, "id": category_id, "seen": seen_version}).first() is None:
        raise stale(f"category:{category_id}", find_category(category_id))
    _done("catalog.category.edit", f"category:{category_id}", data["name"])


def remove_category(category_id: int) -> None:
    """Delete an empty category. Raises CategoryNotFound, CategoryInUse."""
    lock_catalog()
    if db.session.execute(_REMOVE_CATEGORY, {"id": category_id}).first() is None:
        raise CategoryInUse if category_id in _parents() else CategoryNotFound
    _done("catalog.category.remove", f"category:{category_id}", "")


_ARRANGE = text(
    """
    UPDATE category c SET position = w.position - 1, version = version + 1
    FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS w(id, position)
    WHERE c.id = w.id AND c.position <> w.position - 1
    """
)


def move_category(category_id: int, step: int) -> None:
    """Change places with the neighbour above (`step` -1) or below (1); at the end nothing happens.

    Raises CategoryNotFound.
    """
    lock_catalog()
    rows = all_categories()
    moved = next((row for row in rows if row["id"] == category_id), None)
    if moved is None:
        raise CategoryNotFound
    order = [row["id"] for row in rows if row["parent_id"] == moved["parent_id"]]
    place = order.index(category_id)
    if not 0 <= place + step < len(order):
        return
    order[place], order[place + step] = order[place + step], order[place]
    db.session.execute(_ARRANGE, {"ids": order})
    _done("catalog.category.arrange", f"category:{category_id}", moved["name"])


def _parents() -> dict[int, int | None]:
    return dict(db.session.execute(_NODES).all())


def _check_place(category_id: int | None, parent_id: int | None) -> None:
    parents = _parents()
    if category_id is not None and category_id not in parents:
        raise CategoryNotFound
    if parent_id is not None and parent_id not in parents:
        raise CategoryNotFound(field="parent_id")
    above = _above(parents, parent_id)
    if category_id in above:
        raise CategoryLoop(field="parent_id")
    if len(above) + _height(parents, category_id) > MAX_DEPTH:
        raise CategoryTooDeep(field="parent_id")


def _above(parents: Mapping[int, int | None], category_id: int | None) -> list[int]:
    """The category and what stands above it."""
    found: list[int] = []
    while category_id is not None and category_id not in found:
        found.append(category_id)
        category_id = parents[category_id]
    return found


def _height(parents: Mapping[int, int | None], category_id: int | None) -> int:
    """How many levels the category and everything below it take; a new one takes one."""
    if category_id is None:
        return 1
    depths = [above.index(category_id) + 1 for node in parents if category_id in (above := _above(parents, node))]
    return max(depths)


def _check_name(category_id: int | None, data: Mapping[str, Any]) -> None:
    values = {"id": category_id, "parent_id": data["parent_id"], "name": data["name"]}
    if db.session.execute(_SAME_NAME, values).first() is not None:
        raise NameTaken(f"同一级已有名为“{data['name']}”的分类", field="name")


def _done(action: str, target: str, name: str) -> None:
    audit.record(action, target, name=name)
    cache.touch()


def list_brands(after: int, limit: int) -> Sequence[RowMapping]:
    """Brands by id, each with the number of its products."""
    return db.session.execute(_BRANDS, {"after": after, "limit": limit}).mappings().all()


def create_brand(name: str) -> int:
    """Raises NameTaken."""
    lock_catalog()
    _check_brand(None, name)
    brand_id = db.session.execute(_ADD_BRAND, {"name": name}).scalar_one()
    _done("catalog.brand.create", f"brand:{brand_id}", name)
    return brand_id


def rename_brand(brand_id: int, name: str) -> None:
    """Raises BrandNotFound, NameTaken."""
    lock_catalog()
    _check_brand(brand_id, name)
    if db.session.execute(_EDIT_BRAND, {"id": brand_id, "name": name}).first() is None:
        raise BrandNotFound
    _done("catalog.brand.edit", f"brand:{brand_id}", name)


def remove_brand(brand_id: int) -> None:
    """Delete a brand without products. Raises BrandNotFound, BrandInUse."""
    lock_catalog()
    if db.session.execute(_REMOVE_BRAND, {"id": brand_id}).first() is None:
        raise BrandInUse if db.session.execute(_BRAND_EXISTS, {"id": brand_id}).first() else BrandNotFound
    _done("catalog.brand.remove", f"brand:{brand_id}", "")


def _check_brand(brand_id: int | None, name: str) -> None:
    if db.session.execute(_SAME_BRAND, {"id": brand_id, "name": name}).first() is not None:
        raise NameTaken(f"已有名为“{name}”的品牌", field="name")
