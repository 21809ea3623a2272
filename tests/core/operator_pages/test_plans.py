"""Plans on their pages: numbers, what is left open, plugins, and the moment from which they hold."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.db import db
from core.limits import service as limits
from core.limits.errors import PlanLimit
from core.operator import acts, log
from core.operator.pages.log import limits_told
from tenants.provision import new_key
from tests.core.operator_pages.platform import Guest


@pytest.fixture
def code() -> str:
    return f"p{new_key()[:10]}"


def by_code(code):
    return next((plan for plan in acts.all_plans() if plan.code == code), None)


def test_plan_is_made_with_what_was_typed_and_no_limit_where_nothing_was(platform, code):
    answer = platform.post("/platform/plans/new", {"code": code, "name": "小店版", "stores": "3", "orders_month": "300"})
    assert (answer.status_code, answer.location) == (303, "/platform/plans")
    assert (by_code(code).name, by_code(code).limits) == ("小店版", {"stores": 3, "orders_month": 300})


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"code": "Big Shop"}, "code"), ({"name": " "}, "name"), ({"stores": "-1"}, "stores"), ({"staff": "many"}, "staff")],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(platform, code, typed, field):
    answer = platform.post("/platform/plans/new", {"code": code, "name": "留下的名字", "plugins": "7", **typed})
    assert answer.status_code == 200
    assert f'id="f-{field}-error"' in answer.text
    assert 'value="7"' in answer.text
    assert by_code(code) is None


def test_code_that_is_taken_is_refused_beside_it(platform, operator, code):
    acts.create_plan(operator.facts, code, "小店", {})
    answer = platform.post("/platform/plans/new", {"code": code, "name": "小店"})
    assert f'id="f-code-error">套餐代码 {code} 已被使用' in answer.text


def test_changed_limit_holds_at_once(platform, operator, shop, code):
    plan = acts.create_plan(operator.facts, code, "小店", {"stores": 5})
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, "按合同调整套餐")
    with shop.bound():
        limits.check_store()
    platform.post(f"/platform/plans/{plan.id}", {"name": "小店", "stores": "1"})
    assert platform.toasts() == ["已保存，对 1 家商户立即生效"]
    with shop.bound(), pytest.raises(PlanLimit):
        limits.check_store()
    acts.assign_plan(operator.facts, shop.ref.id, None, "按合同取消套餐")


def test_plan_in_use_is_not_deleted(platform, operator, shop, code):
    plan = acts.create_plan(operator.facts, code, "小店", {})
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, "按合同调整套餐")
    assert "仍有 1 家商户使用" in platform.get(f"/platform/plans/{plan.id}")
    platform.post(f"/platform/plans/{plan.id}/delete", page="/platform/plans")
    assert platform.toasts() == ["仍有商户使用这个套餐，请先为他们更换套餐"]
    acts.assign_plan(operator.facts, shop.ref.id, None, "按合同取消套餐")
    platform.post(f"/platform/plans/{plan.id}/delete", page=f"/platform/plans/{plan.id}")
    assert by_code(code) is None


def test_contact_is_kept(platform):
    platform.post("/platform/plans/contact", {"contact": " 客服 0319-0000000 "}, page="/platform/plans")
    assert acts.contact() == "客服 0319-0000000"
    platform.post("/platform/plans/contact", {"contact": ""}, page="/platform/plans")
    assert acts.contact() == ""


def test_log_tells_limits_in_words(platform, code):
    platform.post("/platform/plans/new", {"code": code, "name": "小店版", "stores": "3"})
    assert log.entries(limit=1)[0]["detail"]["limits"] == {"stores": 3}
    assert f"{code} · 门店 3" in platform.get("/platform/log")
    with platform.app.test_request_context():
        assert limits_told({}) == "不限"


# What the merchant sees


def test_merchant_is_told_before_the_limit(operator, shop, code):
    guest = Guest(shop, shop.staff_token)
    assert "套餐上限" not in guest.get("/console/plan")
    plan = acts.create_plan(operator.facts, code, "小店", {"stores": 1})
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, "按合同调整套餐")
    assert "门店已用 1，套餐上限 1。达到后不能再开设门店，已有门店照常营业" in guest.get("/console/support")
    assert "已达上限" in guest.get("/console/plan")
    acts.assign_plan(operator.facts, shop.ref.id, None, "按合同取消套餐")
    assert "套餐上限" not in guest.get("/console/plan")


def test_clerk_is_not_bothered_with_the_plan(operator, shop, code):
    plan = acts.create_plan(operator.facts, code, "小店", {"staff": 1})
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, "按合同调整套餐")
    with shop.bound():
        db.session.execute(text("UPDATE staff SET role = 'clerk' WHERE id = :id"), {"id": shop.staff_id})
        db.session.commit()
    guest = Guest(shop, shop.staff_token)
    assert guest.open("/console/plan").status_code == 403
    assert "套餐上限" not in guest.get("/console/orders")
