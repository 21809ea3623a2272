"""What may stand in a path: ids and order numbers, nothing longer than the database takes."""

from __future__ import annotations

from flask_smorest import Blueprint
from werkzeug.routing import BaseConverter


class IdPath(BaseConverter):
    """`<id:store_id>`: up to 18 digits, as int; anything else is a path that does not exist (404)."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)


class NumberPath(BaseConverter):
    """`<number:number>`: an order number, 16 digits."""

    regex = "[0-9]{16}"


def with_paths(blp: Blueprint) -> Blueprint:
    """`blp`, whose routes may use `<id:…>` and `<number:…>`; call it before the first route."""
    blp.record(lambda state: state.app.url_map.converters.update(id=IdPath, number=NumberPath))
    return blp
