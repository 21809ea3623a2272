from __future__ import annotations

import sys

from sqlalchemy import func, select

from core.plugin import Problem, Refused, hookimpl, shop

from .models import Note


@hookimpl
def on_enable(ctx, session):
    session.add(Note(word="enabled"))
    session.flush()
    mood = shop().settings("dummy")["mood"]
    if mood == "raise":
        raise RuntimeError("no mood for it")
    if mood == "exit":
        sys.exit(3)
    if mood == "refuse":
        raise Refused("dummy_closed", "今天不营业")


@hookimpl
def on_disable(ctx, session):
    session.add(Note(word="disabled"))
    if shop().settings("dummy")["mood"] == "raise":
        session.flush()
        raise RuntimeError("won't leave")


@hookimpl
def closing_blockers(ctx, session):
    open_notes = session.scalar(select(func.count()).where(Note.word == "open"))
    if session.scalar(select(func.count()).where(Note.word == "crash")):
        raise RuntimeError("can't say")
    if session.scalar(select(func.count()).where(Note.word == "garbage")):
        return Problem("open_notes", "not in a list")
    return [Problem("open_notes", f"还有 {open_notes} 条未结")] if open_notes else []


def on_paid(ctx, session, event):
    session.add(Note(word=f"paid {event.number}", buyer_id=event.buyer_id))


def tidy(ctx, session):
    session.add(Note(word="tidied"))
