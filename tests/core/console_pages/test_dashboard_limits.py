"""A plan whose limits are near: said on the first page, once, with what will happen."""

from __future__ import annotations

from core.operator import acts
from core.services import services
from tenants.provision import new_key
from tests.core.console_pages.test_analytics import words
from tests.core.console_pages.visitor import Visitor
from tests.core.operator.conftest import context, new_operator, operator  # noqa: F401 - fixtures


def test_reached_limit_is_said_once_with_what_follows(operator, shop):  # noqa: F811
    plan = acts.create_plan(operator.facts, f"p{new_key()[:10]}", "小店", {"stores": 1, "staff": 50})
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, "按合同调整套餐")
    shop.ref = services().registry.fresh(shop.ref)
    visitor = Visitor(shop, shop.staff_token)
    shown = words(visitor.get("/console/"))
    assert shown.count("已用 1，套餐上限 1。达到后不能再开设门店，已有门店照常营业") == 1
    assert "达到后不能再添加员工" not in shown
    assert len(visitor.statements) <= 15
