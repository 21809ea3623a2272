"""What is long over is forgotten, what may still matter stays."""

from __future__ import annotations

import pytest

from core.clock import travel
from core.errors import Unauthenticated
from core.operator import purging, service, support
from core.operator.errors import OperatorSessionExpired
from tests.core.operator.conftest import platform_rows

DAY = 24 * 3600


def test_old_sessions_are_deleted(operator):
    with travel(29 * DAY):
        purging.purge()
        with pytest.raises(OperatorSessionExpired):
            service.find_session(operator.token)
    with travel(31 * DAY):
        purging.purge()
        with pytest.raises(Unauthenticated) as refused:
            service.find_session(operator.token)
    assert refused.value.code == "bad_token"


def test_running_session_stays(operator):
    purging.purge()
    assert service.find_session(operator.token).login == operator.login


@pytest.mark.parametrize(("days", "left"), [(364, 1), (366, 0)])
def test_entries_are_kept_for_a_year(operator, shop, days, left):
    support.enter(operator.facts, shop.ref.id, "商户反馈订单页打不开")
    with travel(days * DAY):
        purging.purge()
    assert len(platform_rows("SELECT 1 FROM platform.support_entry WHERE tenant_id = :id", id=shop.ref.id)) == left


def test_merchants_lines_stay(operator, shop):
    ticket = support.enter(operator.facts, shop.ref.id, "商户反馈订单页打不开")
    with shop.bound():
        support.redeem(ticket.ticket)
    with travel(400 * DAY):
        purging.purge()
    with shop.bound():
        assert [visit["reason"] for visit in support.visits()] == ["商户反馈订单页打不开"]
