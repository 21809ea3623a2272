"""Gives the demo shop its past, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from core.clock import now
from core.db import db
from core.demo.past import reading, telling
from core.demo.past.shelves import Shelves
from core.demo.past.story import Story
from core.demo.past.things import Sold
from core.demo.past.trades import tell_wechat
from core.demo.past.visits import Seen, visits
from core.demo.past.writing import Numbered, Writer, write_people, write_visits
from core.host import due

log = structlog.get_logger()

PORTION = 10


def portions(days: int) -> int:
    """How often `write` says how far it is: after every ten days, after the rest and at the end."""
    return (days + 1) // PORTION + 2


def write(portion_done: Callable[[], None], days: int) -> None:
    """Write the past of `days` up to now, unless the shop has one; 0 days are none. Commits all or nothing.

    Plugins hear of it from the worker, in the background.
    """
    if not days or reading.is_written():
        db.session.rollback()
        return
    story = story_from_here(days, now())
    writer = Writer(write_people(story.people))
    seen: list[Seen] = []
    written = _write_days(story, writer, seen, portion_done)
    write_visits(seen, writer.buyers)
    writer.goods(story.shelves, now())
    telling.tell(written, writer.buyers)
    tell_wechat([order for _, order in written])
    due.due_at(story.end + timedelta(minutes=1))
    db.session.commit()
    portion_done()
    log.info("demo_past_written", orders=len(written), days=days)


def story_from_here(days: int, end: datetime) -> Story:
    """The story of the bound shop as it stands, up to `end`."""
    places, articles = reading.places(), reading.articles()
    shelves = Shelves(places, articles, reading.sellable([place.store.id for place in places]))
    return Story(end, places, articles, shelves, reading.till_id(), days)


def _write_days(
    story: Story, writer: Writer, seen: list[Seen], portion_done: Callable[[], None]
) -> Sequence[Numbered]:
    written: list[Numbered] = []
    waiting: list[Sold] = []
    shoppers = [person for person in story.people if person.openid]
    for number, orders in enumerate(story.tell(), 1):
        waiting += orders
        seen += visits(story.seed, orders, shoppers, story.end)
        if number % PORTION == 0:
            written += writer.orders(waiting)
            waiting = []
            portion_done()
    written += writer.orders(waiting)
    portion_done()
    return written
