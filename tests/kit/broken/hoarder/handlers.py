from __future__ import annotations

from sqlalchemy import exists, select

from .models import Visit, Wish


def remember(ctx, session, event):
    for kind in (Visit, Wish):
        if not session.scalar(select(exists().where(kind.order_id == event.order_id))):
            session.add(kind(buyer_id=event.buyer_id, order_id=event.order_id))
