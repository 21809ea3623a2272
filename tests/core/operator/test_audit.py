"""What support does in a shop carries the entry: the merchant reads who, and why."""

from __future__ import annotations

from flask import g

from core.db import db
from core.operator import support
from core.staff import audit

REASON = "商户反馈订单页打不开"


def test_acts_of_support_are_signed(operator, shop, app):
    ticket = support.enter(operator.facts, shop.ref.id, REASON)
    with shop.bound():
        facts = support.redeem(ticket.ticket).facts
        with app.test_request_context():
            g.staff = facts
            audit.record("catalog.edit", "product:1", names=["title"])
            db.session.commit()
        newest = audit.entries(limit=1)[0]
    signature = {"entry": ticket.entry_id, "operator": "林支持", "reason": REASON}
    assert (newest["actor"], newest["actor_id"], newest["action"], newest["detail"]) == (
        "support", ticket.entry_id, "catalog.edit", {"names": ["title"], "support": signature}
    )
