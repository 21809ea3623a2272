from __future__ import annotations

from sqlalchemy import delete, select, update

from core.plugin import hookimpl

from .models import Visit, Wish


@hookimpl
def buyer_data(session, buyer_id):
    return {"visits": list(session.scalars(select(Visit.order_id).where(Visit.buyer_id == buyer_id)))}


@hookimpl
def erase_buyer(session, buyer_id):
    session.execute(delete(Visit).where(Visit.buyer_id == buyer_id))


@hookimpl
def merge_buyers(session, from_id, to_id):
    for kind in (Visit, Wish):
        session.execute(update(kind).where(kind.buyer_id == from_id).values(buyer_id=to_id))
