from __future__ import annotations

from .models import Note


def note(ctx, session, event):
    session.add(Note(order_id=event.order_id))
