from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from .models import Stamp


def give(ctx, session, event):
    if event.buyer_id is not None:
        row = {"buyer_id": event.buyer_id, "order_id": event.order_id, "at": ctx.now}
        session.execute(insert(Stamp).values(row).on_conflict_do_nothing(index_elements=["order_id"]))


def give_back(ctx, session, event):
    session.execute(update(Stamp).where(Stamp.spent_on == event.order_id).values(spent_on=None))


def take_away(ctx, session, event):
    if event.full:
        session.execute(delete(Stamp).where(Stamp.order_id == event.order_id))
        give_back(ctx, session, event)


def forget_old(ctx, session):
    session.execute(delete(Stamp).where(Stamp.at < ctx.now - timedelta(days=365)))
