"""The operator's list of tenants, and what operators do to them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from core.operator import acts, directory, log
from core.operator.errors import ReasonMissing
from core.services import services
from tenants.addresses import add_host
from tenants.db import PLATFORM, db
from tenants.errors import TenantStateConflict, UnknownTenant
from tenants.plans import PlanInUse
from tenants.provision import new_key
from tests.core.operator.conftest import platform_rows

REASON = "欠费三个月未处理"


def row_of(shop) -> dict:
    return dict(directory.detail(shop.ref.id).row)


def test_new_tenant_has_a_row_without_figures(context, shop):
    row = row_of(shop)
    shown = ("slug", "name", "status", "plan", "last_order_day", "orders_30", "paid_30_fen", "plugins", "stuck", "migration")
    assert [row[name] for name in shown] == [shop.ref.slug, "alpha", "active", None, None, 0, 0, [], 0, "ok"]


@pytest.mark.parametrize("part", ["slug", "name", "host"])
def test_tenant_is_found_by(context, shop, other_shop, part):
    add_host(db.engines[PLATFORM], shop.ref.id, f"{shop.ref.key}.example.com")
    words = {"slug": shop.ref.slug[2:], "name": "alph", "host": f"{shop.ref.key[3:]}.EXAMPLE"}[part]
    slugs = [row["slug"] for row in directory.page(words, limit=100).items]
    assert (shop.ref.slug in slugs, other_shop.ref.slug in slugs) == (True, False)


@pytest.mark.parametrize("words", ["%", "_", "\\", "'; DROP TABLE platform.tenant; --", "\x00%"])
def test_search_takes_words_as_they_are(context, shop, words):
    assert directory.page(words).items == []


def test_pages_hold_every_tenant_once(context, open_new_shop):
    made = [open_new_shop("walk").ref.id for _ in range(3)]
    found, before = [], None
    while True:
        page = directory.page("walk-", before=before, limit=2)
        found += [row["id"] for row in page.items]
        before = page.next_before
        if before is None:
            break
    assert [tenant for tenant in found if tenant in made] == sorted(made, reverse=True)
    assert len(found) == len(set(found))


def test_list_is_filtered_by_status_and_plan(operator, shop, other_shop):
    plan = acts.create_plan(operator.facts, f"p{new_key()[:10]}", "小店", {"stores": 3})
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, "按合同调整套餐")
    acts.suspend(operator.facts, other_shop.ref.id, REASON)
    with_plan = [row["id"] for row in directory.page(plan=plan.id).items]
    without = [row["id"] for row in directory.page(plan=0, limit=100).items]
    suspended = [row["id"] for row in directory.page(status="suspended", limit=100).items]
    assert (with_plan, shop.ref.id in without, other_shop.ref.id in without) == ([shop.ref.id], False, True)
    assert (shop.ref.id in suspended, other_shop.ref.id in suspended) == (False, True)


def test_list_is_one_statement_however_many_tenants(context, shop, other_shop):
    statements = []
    engine = db.engines[PLATFORM]

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        directory.page(limit=100)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(statements) == 1


def test_migration_behind_and_failed_are_shown(context, shop):
    platform_rows("UPDATE platform.tenant_revision SET revision = 'c0001' WHERE key = :key", key=shop.ref.key)
    behind = row_of(shop)["migration"]
    platform_rows("UPDATE platform.tenant_revision SET state = 'failed' WHERE key = :key", key=shop.ref.key)
    assert (behind, row_of(shop)["migration"]) == ("behind", "failed")


def test_detail_shows_usage_and_log(operator, shop):
    plan = acts.create_plan(operator.facts, f"p{new_key()[:10]}", "小店", {"stores": 1})
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, "按合同调整套餐")
    found = directory.detail(shop.ref.id)
    assert [(row.name, row.limit) for row in found.usage] == [
        ("orders_month", None), ("stores", 1), ("staff", None), ("plugins", None)
    ]
    assert [(line["action"], line["reason"], line["operator"]) for line in found.log] == [
        ("tenant.plan", "按合同调整套餐", "林支持")
    ]


def test_unknown_tenant(operator):
    with pytest.raises(UnknownTenant):
        directory.detail(2**40)
    with pytest.raises(UnknownTenant):
        acts.suspend(operator.facts, 2**40, REASON)
    with pytest.raises(UnknownTenant):
        acts.assign_plan(operator.facts, 2**40, None, REASON)


def test_suspended_shop_is_closed_until_it_reopens(operator, shop):
    acts.suspend(operator.facts, shop.ref.id, REASON)
    closed = shop.get("/store/api/v1/stores")
    with pytest.raises(TenantStateConflict):
        acts.suspend(operator.facts, shop.ref.id, REASON)
    acts.reopen(operator.facts, shop.ref.id, "已缴清欠费")
    assert (closed.status_code, closed.json["code"]) == (403, "shop_closed")
    assert shop.get("/store/api/v1/stores").status_code == 200
    lines = [(line["action"], line["reason"]) for line in log.entries(tenant=shop.ref.id)]
    assert lines == [("tenant.reopen", "已缴清欠费"), ("tenant.suspend", REASON)]


def test_closed_tenant_is_over(operator, shop):
    acts.close(operator.facts, shop.ref.id, "商户申请注销店铺")
    assert row_of(shop)["status"] == "closed"
    with pytest.raises(TenantStateConflict):
        acts.reopen(operator.facts, shop.ref.id, "误操作需要恢复")


@pytest.mark.parametrize(("act", "status"), [(acts.suspend, "active"), (acts.reopen, "suspended"), (acts.close, "active")])
def test_act_whose_line_can_not_be_written_is_undone(operator, shop, act, status):
    platform_rows("UPDATE platform.tenant SET status = :status WHERE id = :id", status=status, id=shop.ref.id)
    nobody = replace(operator.facts, id=2**40)
    with pytest.raises(IntegrityError):
        act(nobody, shop.ref.id, REASON)
    schema = platform_rows("SELECT to_regnamespace(:name)::text", name=shop.ref.schema)
    assert (row_of(shop)["status"], schema) == (status, [(shop.ref.schema,)])
    assert list(log.entries(tenant=shop.ref.id)) == []


def test_act_that_is_refused_leaves_no_line(operator, shop):
    with pytest.raises(TenantStateConflict):
        acts.reopen(operator.facts, shop.ref.id, REASON)
    assert (row_of(shop)["status"], list(log.entries(tenant=shop.ref.id))) == ("active", [])


@pytest.mark.parametrize("act", [acts.suspend, acts.reopen, acts.close])
def test_act_without_a_reason_is_refused(operator, shop, act):
    with pytest.raises(ReasonMissing):
        act(operator.facts, shop.ref.id, "无")
    assert services().registry.fresh(shop.ref).status == "active"


def test_plan_in_use_stays(operator, shop):
    plan = acts.create_plan(operator.facts, f"p{new_key()[:10]}", "小店", {})
    acts.assign_plan(operator.facts, shop.ref.id, plan.id, "按合同调整套餐")
    with pytest.raises(PlanInUse):
        acts.delete_plan(operator.facts, plan.id)
    acts.assign_plan(operator.facts, shop.ref.id, None, "按合同取消套餐")
    acts.delete_plan(operator.facts, plan.id)
    assert plan.code not in [row.code for row in acts.all_plans()]


def test_counts_by_status(operator, shop):
    before = directory.counts()["active"]
    acts.suspend(operator.facts, shop.ref.id, REASON)
    assert directory.counts()["active"] == before - 1
