"""A town to look at: the demo shop with its past, its people's logins, and what the pages are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from threading import Thread

from flask import Flask
from sqlalchemy import text
from werkzeug.serving import make_server

from core import demo
from core.buyers import labels
from core.clock import now, shop_time, travel
from core.config import Config
from core.data.demologin import OPERATOR, SLUG
from core.db import db
from core.host import chores
from core.imports import drafts, service
from core.operator import accounts, figures
from core.operator.domain import OperatorFacts
from core.services import services
from simulator.testing import Remote
from tenants.context import TenantRef, bind
from tests.browser import habits, window

DIFFERENCE = """
    WITH day AS (INSERT INTO bill_day (day, mchid, mode, state, next_try_at, give_up_at, fetched_at, payments_there,
                                       payments_here, paid_there_fen, paid_here_fen, fee_fen, matched)
                 VALUES (:day, '1900000001', 'direct', 'differs', now(), now(), now(), 3, 2, 9600, 6400, 58, 2)
                 RETURNING id)
    INSERT INTO bill_difference (bill_day_id, subject, kind, number, wechat_no, there_fen)
    SELECT id, 'payment', 'missing_here', 'till20170102093015', '4200001234201701026789012345', 3200 FROM day
"""
STUCK_PAYMENT = """
    INSERT INTO payment (order_id, out_trade_no, amount_fen, price_version, profile_version, appid, openid, state,
                         last_error, checks, expires_at, next_check_at, created_at)
    SELECT min(id), 'stuck-1', 1280, 1, 1, 'wx', 'o', 'prepared', '微信暂时没有回答', 24, now() - interval '1 hour', now(),
           now() - interval '2 hours' FROM orders
"""
FAILING_REFUND = """
    INSERT INTO refund (order_id, request_key, out_refund_no, amount_fen, kind, reason, state, attempts, next_try_at,
                        actor, created_at)
    SELECT min(id), 'k', 'refund-1', 1280, 'customer', '少送一盒', 'abnormal', 4, now(), 'system', now() FROM orders
"""
STUCK_EVENTS = """
    INSERT INTO event_delivery (event_id, consumer, aggregate, state, attempts, due_at, last_error)
    SELECT id, 'points', aggregate, 'stuck', 8, now(), '会员等级暂时读不到，请稍后再试' FROM event
    WHERE name = 'order.paid' ORDER BY id DESC LIMIT 2
    ON CONFLICT (event_id, consumer) DO UPDATE SET state = 'stuck', attempts = 8, last_error = excluded.last_error
"""
_LEVEL = """
    INSERT INTO points_level (name, growth, price_percent, earn_percent) VALUES ('黑卡会员', 50000, 90, 200) RETURNING id
"""
_GIFT = """
    INSERT INTO points_gift (sku_id, points, cash_fen, stock, taken, active)
    SELECT id, 300 + 200 * n, 100 * (n % 2), 20 + 10 * n, 3 * n, n < 4
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM sku WHERE NOT weighed AND list_price_fen > 200 LIMIT 4) AS s
    RETURNING id
"""
_TABLE = "货号,名称,规格,单位,售价\nNEW-1,新到的苹果,袋,kg,12.80\nNEW-2,,盒,盒,x\n".encode()
_SAMPLE = {
    "order": "SELECT number FROM orders WHERE state = 'completed' AND channel = 'online'"
             " ORDER BY (refunded_fen BETWEEN 1 AND payable_fen - 1) DESC, id LIMIT 1",
    "pending": "SELECT number FROM orders WHERE state = 'pending' ORDER BY id LIMIT 1",
    "paid": "SELECT number FROM orders WHERE state = 'paid' ORDER BY id LIMIT 1",
    "ready": "SELECT pickup_code FROM orders WHERE state = 'ready' AND pickup_code IS NOT NULL"
             " ORDER BY store_id = (SELECT id FROM store ORDER BY code LIMIT 1) DESC, id LIMIT 1",
    "store": "SELECT id FROM store ORDER BY code LIMIT 1",
    "product": "SELECT id FROM product ORDER BY id LIMIT 1",
    "sku": "SELECT id FROM sku ORDER BY id LIMIT 1",
    "category": "SELECT id FROM category ORDER BY id LIMIT 1",
    "member": "SELECT buyer_id FROM orders WHERE channel = 'online' GROUP BY buyer_id ORDER BY count(*) DESC LIMIT 1",
    "person": "SELECT id FROM staff WHERE role = 'clerk' ORDER BY id LIMIT 1",
    "brand": "SELECT id FROM brand ORDER BY id LIMIT 1",
    "difference": "SELECT id FROM bill_difference ORDER BY id DESC LIMIT 1",
    "failing_refund": "SELECT id FROM refund WHERE out_refund_no = 'refund-1'",
}


@dataclass
class Town:
    app: Flask
    port: int
    ref: TenantRef
    sample: dict[str, str] = field(default_factory=dict)

    @property
    def shop(self) -> str:
        return f"http://{self.ref.slug}.localhost:{self.port}"

    @property
    def platform(self) -> str:
        return f"http://localhost:{self.port}"

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.app.app_context(), bind(services().registry.by_slug(SLUG)):
            yield


def arranged(config: Config, wechat: Remote, days: int) -> Config:
    """The configuration of an app that can have a town: a demo past of `days`, known to the simulator."""
    port = int(config.public_url.rpartition(":")[2])
    return replace(config, port=port, demo_days=days, simulator_url=wechat.url)


@contextmanager
def serving(app: Flask, port: int) -> Iterator[int]:
    """The app behind HTTP."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield port
    server.shutdown()


def settle(app: Flask, port: int) -> Town:
    """Fill the demo shop, handle its events, count its figures, leave something to do on every page."""
    demo.ensure(app)
    with app.app_context():
        here = Town(app, port, services().registry.by_slug(SLUG))
        one = next(one for one in accounts.everybody() if one.login == OPERATOR)
        who = OperatorFacts(one.id, one.login, one.name, False, 0)
        plan = habits.operate(who, here.ref)
    _keep_up(here)
    with here.inside():
        figures.refresh(services().config.demo_days)
        here.sample = {"slug": SLUG, "tenant": str(here.ref.id), "plan": str(plan), "operator": OPERATOR}
        here.sample |= _busy()
        window.dress()
        here.sample |= {name: _one(statement) for name, statement in _SAMPLE.items()}
        habits.live()
        habits.wake()
    return here


def _busy() -> dict[str, str]:
    """What one hopes not to see in a demo: a bill that differs, money that is stuck; a tag, an import, a draft."""
    yesterday = shop_time(now()).date() - timedelta(days=1)
    for statement in (DIFFERENCE, STUCK_PAYMENT, FAILING_REFUND, STUCK_EVENTS):
        db.session.execute(text(statement), {"day": yesterday} if ":day" in statement else {})
    label = _labelled("常客", "blue", "ORDER BY orders DESC, buyer_id LIMIT 40")
    _labelled("团购群", "green", "AND buyer_id % 6 = 0 ORDER BY buyer_id LIMIT 60")
    _labelled("送货上门", "orange", "AND buyer_id % 11 = 0 ORDER BY buyer_id LIMIT 30")
    level, gift = (db.session.execute(text(statement)).scalar() for statement in (_LEVEL, _GIFT))
    db.session.commit()
    run, draft = (drafts.draft(BytesIO(_TABLE), "新品.csv", "products") for _ in range(2))
    drafts.start(run)
    service.run_job(run)
    return {"label": str(label), "run": str(run), "draft": str(draft), "level": str(level), "gift": str(gift),
            "bill_day": yesterday.isoformat()}


def _labelled(name: str, colour: str, which: str) -> int:
    """A label on some of those who bought something."""
    label = labels.create_label(name, colour)
    people = db.session.execute(text(f"SELECT buyer_id FROM rollup_lifetime WHERE store_id = 0 {which}")).scalars().all()
    labels.tag(label, people)
    return label


def _keep_up(here: Town) -> None:
    """What the worker would have done in a few minutes; orders that wait for their payment still wait."""
    for moment in range(100):
        with here.inside(), travel(8 * moment):
            busy = [chores.tick("core"), chores.tick("plugins")]
            waiting = db.session.execute(text("SELECT count(*) FROM event_delivery WHERE state = 'pending'")).scalar()
            waiting += db.session.execute(text("SELECT count(*) FROM rollup_dirty")).scalar()
            db.session.rollback()
        if not any(busy) and not waiting:
            return


def _one(statement: str) -> str:
    found = str(db.session.execute(text(statement)).scalar() or "0")
    db.session.rollback()
    return found


