"""What operators do to tenants and plans, each act with its reason in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine

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
    _act(db.engines[PLATFORM], lifecycle.suspend, (who, "tenant.suspend", tenant_id, checked_reason(reason)))


def reopen(who: OperatorFacts, tenant_id: int, reason: str) -> None:
    """Serve a suspended shop again; raises what `suspend` raises."""
    _act(db.engines[PLATFORM], lifecycle.resume, (who, "tenant.reopen", tenant_id, checked_reason(reason)))


def close(who: OperatorFacts, tenant_id: int, reason: str) -> None:
    """End a tenant: its data go after the retention. Raises what `suspend` raises."""
    words = checked_reason(reason)
    with owning(services().config) as engine:
        _act(engine, lifecycle.close, (who, "tenant.close", tenant_id, words))


def _act(
    engine: Engine, change: Callable[[Connection, TenantRef], Any], line: tuple[OperatorFacts, str, int, str]
) -> None:
    """The change and its line in one transaction: neither is there without the other."""
    ref = _tenant(line[2])
    with engine.begin() as connection:
        change(connection, ref)
        log.record(connection, *line)
    services().registry.invalidate()


def assign_plan(who: OperatorFacts, tenant_id: int, plan_id: int | None, reason: str) -> None:
    """Give a tenant a plan, or none (no limits), from now on; nothing that exists ends.

    Raises ReasonMissing, PlanNotFound, UnknownTenant.
    """
    words = checked_reason(reason)
    with db.engines[PLATFORM].begin() as connection:
        plans.assign(connection, tenant_id, plan_id)
        log.record(connection, who, "tenant.plan", tenant_id, words, plan_id=plan_id)
    services().registry.invalidate()


def all_plans(after: str = "", limit: int = 500) -> Sequence[PlanRow]:
    """Plans by code, behind the code `after`."""
    with db.engines[PLATFORM].connect() as connection:
        return plans.everything(connection, after, limit)


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
