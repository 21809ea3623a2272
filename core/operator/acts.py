"""What operators do to tenants and plans, each act with its reason in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.db import db
from core.operator import log
from core.operator.domain import OperatorFacts, checked_reason
from core.services import services
from tenants import lifecycle, plans
from tenants.context import TenantRef
from tenants.db import PLATFORM
from tenants.errors import UnknownTenant
from tenants.owner import owning
from tenants.plans import PlanRow


def suspend(who: OperatorFacts, tenant_id: int, reason: str) -> None:
    """Close the shop's pages; money on its way is still taken. Raises ReasonMissing, UnknownTenant, TenantStateConflict."""
    words, ref = checked_reason(reason), _tenant(tenant_id)
    lifecycle.suspend(db.engines[PLATFORM], ref)
    _done(who, "tenant.suspend", tenant_id, words)


def reopen(who: OperatorFacts, tenant_id: int, reason: str) -> None:
    """Serve a suspended shop again; raises what `suspend` raises."""
    words, ref = checked_reason(reason), _tenant(tenant_id)
    lifecycle.resume(db.engines[PLATFORM], ref)
    _done(who, "tenant.reopen", tenant_id, words)


def close(who: OperatorFacts, tenant_id: int, reason: str) -> None:
    """End a tenant: its data go after the retention. Raises what `suspend` raises."""
    words, ref = checked_reason(reason), _tenant(tenant_id)
    with owning(services().config) as engine:
        lifecycle.delete(engine, ref)
    _done(who, "tenant.close", tenant_id, words)


def assign_plan(who: OperatorFacts, tenant_id: int, plan_id: int | None, reason: str) -> None:
    """Give a tenant a plan, or none (no limits), from now on; nothing that exists ends.

    Raises ReasonMissing, PlanNotFound, UnknownTenant.
    """
    words = checked_reason(reason)
    with db.engines[PLATFORM].begin() as connection:
        plans.assign(connection, tenant_id, plan_id)
        log.record(connection, who, "tenant.plan", tenant_id, words, plan_id=plan_id)
    services().registry.invalidate()


def all_plans() -> Sequence[PlanRow]:
    with db.engines[PLATFORM].connect() as connection:
        return plans.everything(connection)


def plan(plan_id: int) -> PlanRow:
    """Raises PlanNotFound."""
    with db.engines[PLATFORM].connect() as connection:
        return plans.find(connection, plan_id)


def create_plan(who: OperatorFacts, code: str, name: str, limits: Mapping[str, Any]) -> PlanRow:
    """`limits` as `tenants.plans` says; raises PlanInvalid, NameTaken."""
    with db.engines[PLATFORM].begin() as connection:
        made = plans.create(connection, code, name, limits)
        log.record(connection, who, "plan.create", code=code, limits=made.limits)
    return made


def change_plan(who: OperatorFacts, plan_id: int, name: str, limits: Mapping[str, Any]) -> PlanRow:
    """In force for all its tenants at once; raises PlanInvalid, PlanNotFound."""
    with db.engines[PLATFORM].begin() as connection:
        before = plans.find(connection, plan_id)
        changed = plans.change(connection, plan_id, name, limits)
        log.record(connection, who, "plan.change", code=before.code, before=before.limits, limits=changed.limits)
    services().registry.invalidate()
    return changed


def delete_plan(who: OperatorFacts, plan_id: int) -> None:
    """Raises PlanNotFound, PlanInUse."""
    with db.engines[PLATFORM].begin() as connection:
        code = plans.find(connection, plan_id).code
        plans.delete(connection, plan_id)
        log.record(connection, who, "plan.delete", code=code)


def contact() -> str:
    """Where merchants ask for a bigger plan; empty when nobody has said."""
    with db.engines[PLATFORM].connect() as connection:
        return plans.contact(connection)


def set_contact(who: OperatorFacts, words: str) -> None:
    """Where merchants ask for a bigger plan."""
    with db.engines[PLATFORM].begin() as connection:
        plans.set_contact(connection, words)
        log.record(connection, who, "platform.contact", text=words.strip())


def _tenant(tenant_id: int) -> TenantRef:
    ref = services().registry.by_id(tenant_id)
    if ref is None:
        raise UnknownTenant
    return services().registry.fresh(ref)


def _done(who: OperatorFacts, action: str, tenant_id: int, reason: str) -> None:
    services().registry.invalidate()
    with db.engines[PLATFORM].begin() as connection:
        log.record(connection, who, action, tenant_id, reason)
