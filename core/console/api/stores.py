"""Stores (门店) with their hours and delivery zones."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.stores import manage
from core.stores.places import store_body
from core.stores.schemas import ManagedStoreSchema, ManagedStoresSchema, StoreEditSchema, StoreSchema
from core.stores.service import all_stores
from core.web.api import problems_documented
from core.web.paths import with_paths

blp = with_paths(Blueprint("console_stores", __name__))


@blp.route("/stores")
@requires("stores.view")
@blp.response(200, ManagedStoresSchema)
@problems_documented(blp, *COMMON)
def list_stores() -> dict[str, Any]:
    """Stores by code; staff limited to stores see only theirs."""
    mine = current_staff().stores
    return {"items": [store_body(row) for row in all_stores() if mine is None or row["id"] in mine]}


@blp.route("/stores", methods=["POST"])
@requires("stores.edit")
@blp.arguments(StoreSchema)
@blp.response(201, ManagedStoreSchema)
@problems_documented(blp, *COMMON, 409)
def open_store(data: dict[str, Any]) -> dict[str, Any]:
    """Open a store; only for staff who may act for every store."""
    current_staff().check_every_store()
    row = manage.create(data)
    db.session.commit()
    return store_body(row)


@blp.route("/stores/<id:store_id>")
@requires("stores.view", store="store_id")
@blp.response(200, ManagedStoreSchema)
@problems_documented(blp, *COMMON)
def read_store(store_id: int) -> dict[str, Any]:
    """A store with its zones."""
    return store_body(manage.find(store_id))


@blp.route("/stores/<id:store_id>", methods=["PUT"])
@requires("stores.edit", store="store_id")
@blp.arguments(StoreEditSchema)
@blp.response(200, ManagedStoreSchema)
@problems_documented(blp, *COMMON, 409)
def change_store(data: dict[str, Any], store_id: int) -> dict[str, Any]:
    """Store everything anew, zones included; the code never changes. 409 `stale_edit` for an old `version`."""
    row = manage.change(store_id, data, data.pop("version"))
    db.session.commit()
    return store_body(row)


@blp.route("/stores/<id:store_id>", methods=["DELETE"])
@requires("stores.edit", store="store_id")
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def remove_store(store_id: int) -> None:
    """Remove a store that never had an order or goods; others are switched off (`active: false`)."""
    manage.remove(store_id)
    db.session.commit()
