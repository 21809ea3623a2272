"""A shop's token opens nothing of the operator's, an operator's nothing of a shop's."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core.db import db
from core.errors import Unauthenticated
from core.operator import service, support
from core.staff.service import find_session

REASON = "商户反馈订单页打不开"


def test_shop_tokens_are_no_operators(operator, shop):
    for token in (shop.staff_token, shop.buyer_token, "op_" + shop.staff_token, "", "op_"):
        with pytest.raises(Unauthenticated) as found:
            service.find_session(token)
        assert found.value.code == "bad_token"


def test_operators_token_opens_no_shop(operator, shop):
    answer = shop.get("/console/api/v1/session", token=operator.token)
    assert (answer.status_code, answer.json["code"]) == (401, "bad_token")
    with shop.bound(), pytest.raises(Unauthenticated):
        find_session(operator.token)
    with shop.bound(), pytest.raises(Unauthenticated):
        support.find(operator.token)


def test_support_token_is_good_for_its_shop_only(operator, shop, other_shop):
    ticket = support.enter(operator.facts, shop.ref.id, REASON)
    with shop.bound():
        token = support.redeem(ticket.ticket).token
        assert support.find(token).reason == REASON
        with pytest.raises(Unauthenticated):
            find_session(token)
    with other_shop.bound(), pytest.raises(Unauthenticated) as found:
        support.find(token)
    assert found.value.code == "bad_token"


def test_support_token_is_no_operators_and_no_bearer(operator, shop):
    ticket = support.enter(operator.facts, shop.ref.id, REASON)
    with shop.bound():
        token = support.redeem(ticket.ticket).token
    with pytest.raises(Unauthenticated):
        service.find_session(token)
    assert shop.get("/console/api/v1/session", token=token).status_code == 401


def test_staff_token_is_no_support(operator, shop):
    with shop.bound(), pytest.raises(Unauthenticated):
        support.find(shop.staff_token)


def test_tenants_role_reads_nothing_of_the_operators(operator, shop):
    for table in ("operator", "operator_session", "operator_log", "support_entry", "tenant_daily", "plan"):
        with shop.bound(), pytest.raises(ProgrammingError, match="permission denied"):
            db.session.execute(text(f"SELECT * FROM platform.{table}"))
        with shop.bound():
            db.session.rollback()
