"""The list of tenants, one tenant, and what is done to it."""

from __future__ import annotations

import re

import pytest

from core.operator import acts, log
from core.services import services
from tenants.provision import new_key
from tests.core.operator.conftest import platform_rows

REASON = "欠费三个月未处理"
_NEXT = re.compile(r'rel="next" href="([^"]+)"')
_ROW = re.compile(r'<tr data-href="/platform/tenants/(\d+)"')


@pytest.fixture
def thousand(context):
    """1,000 tenants without a schema."""
    mark = f"k{new_key()[:8]}"
    platform_rows(
        "INSERT INTO platform.tenant (key, slug, name, status)"
        " SELECT :mark || n, :mark || '-' || n, '第' || n || '店', 'suspended' FROM generate_series(1, 1000) n", mark=mark
    )
    yield mark
    platform_rows("DELETE FROM platform.tenant WHERE slug LIKE :mark", mark=f"{mark}-%")


def place(shop, act: str = "") -> str:
    return f"/platform/tenants/{shop.ref.id}{act}"


def test_a_thousand_tenants_page_by_key_with_constant_statements(platform, thousand):
    path, seen, counts = f"/platform/tenants?q={thousand}", [], set()
    while path:
        text = platform.get(path.replace("&amp;", "&"))
        counts.add(len(platform.statements))
        seen += _ROW.findall(text)
        found = _NEXT.search(text)
        path = found and found[1]
    assert (len(seen), len(set(seen)), seen) == (1000, 1000, sorted(seen, key=int, reverse=True))
    assert len(counts) == 1
    assert counts.pop() <= 15


def test_detail_takes_a_constant_number_of_statements(platform, shop):
    platform.get(place(shop))
    assert len(platform.statements) <= 15


def test_name_of_a_shop_is_text_and_no_markup(platform, shop):
    platform_rows("UPDATE platform.tenant SET name = '<script>alert(1)</script>' WHERE id = :id", id=shop.ref.id)
    for path in (place(shop), f"/platform/tenants?q={shop.ref.slug}", place(shop, "/enter"), place(shop, "/close")):
        text = platform.get(path)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_unknown_tenant_is_not_found(platform):
    for act in ("", "/suspend", "/plan", "/enter"):
        assert platform.open(f"/platform/tenants/{2**40}{act}").status_code == 404


def test_suspended_shop_is_closed_until_it_reopens(platform, shop):
    answer = platform.post(place(shop, "/suspend"), {"reason": REASON})
    assert (answer.status_code, answer.location) == (303, place(shop))
    assert platform.toasts() == ["已暂停"]
    assert shop.get("/console/login").status_code == 403
    assert "恢复营业" in platform.get(place(shop))
    assert platform.post(place(shop, "/reopen"), {"reason": "已缴清欠费"}).status_code == 303
    assert shop.get("/console/login").status_code == 200
    assert [line["action"] for line in log.entries(tenant=shop.ref.id)] == ["tenant.reopen", "tenant.suspend"]


@pytest.mark.parametrize("act", ["suspend", "close", "enter", "plan"])
def test_short_reason_is_refused_beside_the_field_and_kept(platform, shop, act):
    answer = platform.post(place(shop, f"/{act}"), {"reason": "欠费", "plan_id": "0"})
    assert answer.status_code == 200
    assert 'id="f-reason-error">请写明原因，至少 5 个字' in answer.text
    assert ">欠费</textarea>" in answer.text
    assert services().registry.fresh(shop.ref).status == "active"


def test_act_that_does_not_fit_the_state_says_so(platform, shop):
    answer = platform.post(place(shop, "/reopen"), {"reason": REASON})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text


def test_plan_is_changed_with_a_reason(platform, operator, shop):
    plan = acts.create_plan(operator.facts, f"p{new_key()[:10]}", "小店", {"stores": 1})
    platform.post(place(shop, "/plan"), {"plan_id": str(plan.id), "reason": "按合同调整套餐"})
    assert "小店" in platform.get(place(shop))
    platform.post(place(shop, "/plan"), {"plan_id": "0", "reason": "按合同取消套餐"})
    assert "没有套餐，不限" in platform.get(place(shop))


def test_form_sent_twice_suspends_once(platform, shop):
    drawn = platform.get(place(shop, "/suspend"))
    hidden = dict(re.findall(r'name="(csrf|once)" value="([^"]*)"', drawn))
    sent = [platform.open(place(shop, "/suspend"), "POST", data={**hidden, "reason": REASON}) for _ in range(2)]
    assert [answer.location for answer in sent] == [place(shop)] * 2
    assert len(log.entries(tenant=shop.ref.id)) == 1


def test_overview_adds_the_shops_up(platform, shop):
    text = platform.get("/platform/")
    assert "今日成交额" in text
    assert len(platform.statements) <= 15
