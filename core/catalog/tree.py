"""Categories and brands by name: the tree in one statement, what is missing of it in one per level."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import text

from core.db import db

MAX_DEPTH = 3

Path = tuple[str, ...]

_ALL = text("SELECT id, parent_id, name FROM category")
_ADD = text(
    """
    INSERT INTO category (parent_id, name)
    SELECT parent_id, name FROM unnest(CAST(:parents AS bigint[]), CAST(:names AS text[])) AS t(parent_id, name)
    ON CONFLICT (parent_id, name) DO NOTHING RETURNING id, parent_id, name
    """
)
_BRANDS = text("SELECT name, id FROM brand WHERE name = ANY(:names)")
_ADD_BRANDS = text(
    "INSERT INTO brand (name) SELECT unnest(CAST(:names AS text[])) ON CONFLICT (name) DO NOTHING RETURNING name, id"
)


class Tree:
    """The category tree as it stood when it was loaded, and as it grew since."""

    def __init__(self) -> None:
        rows = db.session.execute(_ALL).all()
        self._ids = {(row.parent_id, row.name): row.id for row in rows}
        self._nodes = {row.id: (row.parent_id, row.name) for row in rows}

    def names(self, category_id: int | None) -> Path:
        """The names from the root to the category; () for None."""
        found: list[str] = []
        while category_id is not None:
            category_id, name = self._nodes[category_id]
            found.append(name)
        return tuple(reversed(found))

    def find(self, path: Sequence[str]) -> int | None:
        """The id of a category by its names from the root, None when a level is missing."""
        found: int | None = None
        for name in path:
            found = self._ids.get((found, name))
            if found is None:
                return None
        return found

    def grow(self, paths: Iterable[Path]) -> None:
        """Add the categories that `paths` need: at most one statement per level."""
        wanted = set(paths)
        for depth in range(MAX_DEPTH):
            missing = {
                (self.find(path[:depth]), path[depth])
                for path in wanted
                if len(path) > depth and self.find(path[: depth + 1]) is None
            }
            if missing:
                self._add(sorted(missing, key=lambda node: (node[0] or 0, node[1])))

    def _add(self, nodes: Sequence[tuple[int | None, str]]) -> None:
        values = {"parents": [parent for parent, _ in nodes], "names": [name for _, name in nodes]}
        for row in db.session.execute(_ADD, values):
            self._ids[row.parent_id, row.name] = row.id
            self._nodes[row.id] = (row.parent_id, row.name)


def brand_ids(names: Collection[str]) -> dict[str, int]:
    """Ids of brands by name; brands that do not exist yet are made. Two statements at most."""
    if not names:
        return {}
    found = dict(db.session.execute(_BRANDS, {"names": sorted(names)}).all())
    missing = sorted(set(names) - found.keys())
    if missing:
        found.update(db.session.execute(_ADD_BRANDS, {"names": missing}).all())
    return found
