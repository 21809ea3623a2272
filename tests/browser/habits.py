"""What the people of the sample shop and of its platform have done lately, so that their pages have something to show."""

from __future__ import annotations

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host import due, jobs
from core.host.clock import BEAT
from core.operator import acts, support
from core.operator.domain import OperatorFacts
from core.services import services
from tenants.context import TenantRef, bind

_POINTS = (
    "UPDATE points_transaction t SET at = coalesce(o.completed_at, o.paid_at, t.at) FROM orders o WHERE o.number = t.note",
    "UPDATE points_level SET price_percent = 98, earn_percent = 120 WHERE name = '金卡会员'",
    "UPDATE points_level SET price_percent = 95, earn_percent = 150 WHERE name = '钻石会员'",
)
_LONG_AGO = "UPDATE audit_log SET at = at - interval '30 hours'"
_DEEDS = """
    INSERT INTO audit_log (at, actor, actor_id, action, target, detail)
    SELECT now() - d.ago, 'staff', (SELECT id FROM staff s WHERE s.role = d.role ORDER BY id LIMIT 1), d.action, d.target,
           CAST(d.detail AS jsonb)
    FROM (SELECT (SELECT number FROM orders WHERE state = 'completed' ORDER BY id DESC LIMIT 1) AS done,
                 (SELECT number FROM orders WHERE state = 'ready' ORDER BY id DESC LIMIT 1) AS ready,
                 (SELECT id FROM store ORDER BY code LIMIT 1) AS store) o
    CROSS JOIN LATERAL (VALUES
        (interval '26 hours', 'owner', 'staff.invite', 'invitation:1', '{"role": "clerk"}'),
        (interval '9 hours', 'manager', 'stock.receive', 'store:' || o.store || ':' || 'stock', '{"lines": 12}'),
        (interval '8 hours', 'manager', 'catalog.prices', 'products', '{"count": 8}'),
        (interval '7 hours', 'clerk', 'stock.count', 'store:' || o.store || ':' || 'stock', '{"skus": 3, "reason": "报损"}'),
        (interval '5 hours', 'clerk', 'orders.prepare', 'order:' || o.ready, '{}'),
        (interval '4 hours', 'clerk', 'orders.ready', 'order:' || o.ready, '{}'),
        (interval '3 hours', 'clerk', 'orders.pickup', 'order:' || o.done, '{"method": "code"}'),
        (interval '2 hours', 'manager', 'orders.remark', 'order:' || o.done, '{}'),
        (interval '1 hour', 'owner', 'settings.change', 'shop', '{"names": ["pay_minutes", "service_phone"]}')
    ) AS d(ago, role, action, target, detail) WHERE d.target IS NOT NULL ORDER BY d.ago DESC
"""
_INVITED = """
    INSERT INTO staff_invitation (phone, name, role, store_ids, token_hash, invited_by, created_at, expires_at)
    SELECT '13800000021', '收银三号', 'clerk', ARRAY(SELECT id FROM store ORDER BY code LIMIT 1), 'nobody has it', s.id,
           now() - interval '26 hours', now() + interval '46 hours' FROM staff s WHERE s.role = 'owner' ORDER BY s.id LIMIT 1
"""


def operate(who: OperatorFacts, here: TenantRef) -> int:
    """The platform gave the shop a plan and looked in once; clock and worker are alive. Returns the plan's id."""
    plan = acts.create_plan(who, "standard", "标准版", {"stores": 5, "staff": 10, "orders_month": 20_000})
    acts.assign_plan(who, here.id, plan.id, "按合同开通标准版")
    ticket = support.enter(who, here.id, "商户来电：订单页打不开").ticket
    with bind(services().registry.fresh(here)):
        support.leave(support.redeem(ticket).facts)
        db.session.commit()
    return plan.id


def live() -> None:
    """In the bound shop: staff did this and that, points came when the orders were done, somebody is invited."""
    for statement in (*_POINTS, _LONG_AGO, _DEEDS, _INVITED):
        db.session.execute(text(statement))
    db.session.commit()


def wake() -> None:
    """As far as the platform can see there are a clock and a worker, and nothing waits."""
    redis, names = jobs.connection(), jobs.QUEUES
    queues = [Queue(name, connection=redis, serializer=JSONSerializer) for name in names]
    for queue in queues:
        queue.empty()
    services().redis.delete(*(due.due_set(name) for name in names))
    services().redis.set(BEAT, now().timestamp() + 3600)
    SimpleWorker(queues, name="worker-1", connection=redis, serializer=JSONSerializer).register_birth()
